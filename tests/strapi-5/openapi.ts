/* Strapi 5 can describe its routes in an OpenAPI document, from which front-ends generate clients. */
import { startSite } from '../support/site';

interface OpenApi {
  paths: Record<string, Record<string, { parameters: { name: string; in: string }[] }>>;
}

test('the OpenAPI document of Strapi names the parameters of the path of the exchange by POST', async () => {
  const openapi = { 'content-api': { access: 'public', cache: { enabled: false } } };
  const site = await startSite({ config: { server: { openapi } } });
  const response = await fetch(`${site.strapi.url}/api/openapi.json`);
  const { paths } = (await response.json()) as OpenApi;
  await site.stop();

  const exchanges = Object.entries(paths).filter(([path]) => /provider.*callback$/.test(path));
  const described = exchanges.flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters }]) => [
      method,
      path,
      ...parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
    ]),
  );
  expect(described).toEqual([
    ['get', '/auth/{provider}/callback', 'provider'],
    ['post', '/auth/{provider(cognito)}/callback', 'provider(cognito)'],
  ]);
});

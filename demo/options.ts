import { parseArgs } from 'node:util';
import type { StrapiMajor } from './strapi';

/** The demo's three servers. */
export type ServerName = 'strapi' | 'front' | 'pool';

export interface Options {
  /** One login without a browser, then the end. */
  check: boolean;
  /** Free ports and a database that is thrown away; for checks and tests. */
  temporary: boolean;
  /** Forget the database of earlier runs. */
  fresh: boolean;
  adminPanel: boolean;
  help: boolean;
  /** Log in with the pool of AWS that the environment names. */
  realPool: boolean;
  /** The servers that the demo starts; without the pool where there is a real one. */
  servers: ServerName[];
  strapi: StrapiMajor;
  /** 0 stands for any free port. */
  ports: Record<ServerName, number>;
}

/** A value on the command line or in the environment that cannot be used. */
export class WrongOption extends Error {}

const defaultPorts: Record<ServerName, number> = { strapi: 1337, front: 3000, pool: 4000 };

export const usage = `Usage: npm run demo -- [options]

  --check               log in once without a browser, print the user, end
  --strapi <4|5>        the major version of Strapi; default 4
  --fresh               forget the database of earlier runs
  --no-admin-panel      neither build nor serve Strapi's admin panel
  --temporary           free ports and a database that is thrown away
  --strapi-port <port>  default ${defaultPorts.strapi}; also --port, or STRAPI_PORT
  --front-port <port>   default ${defaultPorts.front}; or FRONT_PORT
  --pool-port <port>    default ${defaultPorts.pool}; or POOL_PORT

With COGNITO_DOMAIN, COGNITO_CLIENT_ID and COGNITO_CLIENT_SECRET in the environment, the demo uses
that Cognito user pool in place of its stand-in.
`;

/** @throws WrongOption for an unknown option or a port that is none. */
export function parseOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const given = parse(args);
  const check = given.check ?? false;
  const temporary = check || (given.temporary ?? false);
  const realPool = !check && Boolean(env.COGNITO_DOMAIN);
  const fallback = (name: ServerName) => (temporary ? 0 : defaultPorts[name]);
  return {
    check,
    temporary,
    fresh: given.fresh ?? false,
    adminPanel: !temporary && !given['no-admin-panel'],
    help: given.help ?? false,
    realPool,
    strapi: major(given.strapi ?? '4'),
    servers: realPool ? ['strapi', 'front'] : ['strapi', 'front', 'pool'],
    ports: {
      strapi: port(given['strapi-port'] ?? given.port ?? env.STRAPI_PORT, fallback('strapi')),
      front: port(given['front-port'] ?? env.FRONT_PORT, fallback('front')),
      pool: port(given['pool-port'] ?? env.POOL_PORT, fallback('pool')),
    },
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        check: { type: 'boolean' },
        temporary: { type: 'boolean' },
        fresh: { type: 'boolean' },
        'no-admin-panel': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        strapi: { type: 'string' },
        port: { type: 'string' },
        'strapi-port': { type: 'string' },
        'front-port': { type: 'string' },
        'pool-port': { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new WrongOption(`${(error as Error).message}\n\n${usage}`);
  }
}

function major(given: string): StrapiMajor {
  if (given !== '4' && given !== '5') throw new WrongOption(`--strapi ${given}: it is 4 or 5.`);
  return given === '5' ? 5 : 4;
}

function port(given: string | undefined, fallback: number): number {
  if (given === undefined || given === '') return fallback;
  const number = Number(given);
  if (!/^\d+$/.test(given) || number < 1 || number > 65535) {
    throw new WrongOption(`"${given}" is no port: a number from 1 to 65535 is expected.`);
  }
  return number;
}

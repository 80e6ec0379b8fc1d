import { parseArgs } from 'node:util';
import type { StrapiMajor } from './strapi';

/** The demo's three servers. */
export type ServerName = 'strapi' | 'front' | 'pool';

export interface Options {
  /** Log in once without a browser, then stop. */
  check: boolean;
  /** Use free ports and a temporary database; for checks and tests. */
  temporary: boolean;
  /** Delete the database of earlier runs. */
  fresh: boolean;
  adminPanel: boolean;
  help: boolean;
  /** Log in with the Cognito user pool from the environment. */
  realPool: boolean;
  /** The servers that the demo starts; the pool is left out if there is a real one. */
  servers: ServerName[];
  strapi: StrapiMajor;
  /** 0: any free port. */
  ports: Record<ServerName, number>;
}

/** An invalid value on the command line or in the environment. */
export class WrongOption extends Error {}

const defaultPorts: Record<ServerName, number> = { strapi: 1337, front: 3000, pool: 4000 };

export const usage = `Usage: npm run demo -- [options]

  --check               log in once without a browser and print the user
  --strapi <4|5>        the major version of Strapi; default 4
  --fresh               delete the database of earlier runs
  --no-admin-panel      do not build or serve Strapi's admin panel
  --temporary           use free ports and a temporary database
  --strapi-port <port>  default ${defaultPorts.strapi}; also --port, or STRAPI_PORT
  --front-port <port>   default ${defaultPorts.front}; or FRONT_PORT
  --pool-port <port>    default ${defaultPorts.pool}; or POOL_PORT

With COGNITO_DOMAIN, COGNITO_CLIENT_ID and COGNITO_CLIENT_SECRET in the environment, the demo uses
that Cognito user pool instead of its stand-in.
`;

/** @throws WrongOption for an unknown option or an invalid value. */
export function parseOptions(args: string[], env: NodeJS.ProcessEnv): Options {
  const value = parse(args);
  const check = value.check ?? false;
  const temporary = check || (value.temporary ?? false);
  const realPool = !check && Boolean(env.COGNITO_DOMAIN);
  const fallback = (name: ServerName) => (temporary ? 0 : defaultPorts[name]);
  return {
    check,
    temporary,
    fresh: value.fresh ?? false,
    adminPanel: !temporary && !value['no-admin-panel'],
    help: value.help ?? false,
    realPool,
    strapi: major(value.strapi ?? '4'),
    servers: realPool ? ['strapi', 'front'] : ['strapi', 'front', 'pool'],
    ports: {
      strapi: port(value['strapi-port'] ?? value.port ?? env.STRAPI_PORT, fallback('strapi')),
      front: port(value['front-port'] ?? env.FRONT_PORT, fallback('front')),
      pool: port(value['pool-port'] ?? env.POOL_PORT, fallback('pool')),
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

function major(value: string): StrapiMajor {
  if (value !== '4' && value !== '5') throw new WrongOption(`--strapi ${value}: expected 4 or 5.`);
  return value === '5' ? 5 : 4;
}

function port(value: string | undefined, fallback: number): number {
  if (value === undefined || value === '') return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < 1 || number > 65535) {
    throw new WrongOption(`"${value}" is not a port: expected a number from 1 to 65535.`);
  }
  return number;
}

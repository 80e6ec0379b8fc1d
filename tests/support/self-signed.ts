import { generateKeyPairSync, sign } from 'node:crypto';
import https from 'node:https';
import { listenUntilEnd } from './listening';

/** One DER value: tag, length, content. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const bits = (bytes: Uint8Array) => der(0x03, Buffer.from([0]), bytes);
/** sha256WithRSAEncryption, without parameters. */
const ALGORITHM = sequence(
  der(0x06, Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b])),
  der(0x05),
);
const NAME = sequence(
  der(
    0x31,
    sequence(der(0x06, Buffer.from([0x55, 0x04, 0x03])), der(0x0c, Buffer.from('localhost'))),
  ),
);
const time = (text: string) => der(0x17, Buffer.from(text));

/**
 * A self-signed certificate and its key.
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
export function selfSigned(): { key: string; cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const toSign = sequence(
    der(0x02, Buffer.from([1])),
    ALGORITHM,
    NAME,
    sequence(time('200101000000Z'), time('491231235959Z')),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', toSign, privateKey);
  const base64 = sequence(toSign, ALGORITHM, bits(signature)).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

/** An https server on loopback with a self-signed certificate; it counts the requests that reach it. */
export async function listenSelfSigned(): Promise<{
  origin: string;
  requests: () => number;
  stop: () => Promise<void>;
}> {
  let requests = 0;
  const server = https.createServer(selfSigned(), (_request, response) => {
    requests += 1;
    response.end('{}');
  });
  const { port, stop } = await listenUntilEnd(server, 'localhost');
  return { origin: `https://localhost:${port}`, requests: () => requests, stop };
}

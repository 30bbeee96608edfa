// A certified authorization server on loopback. It prints its issuer on one line and ends when its standard input does.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = createRequire(path.join(process.env.OIDC_MODULES, 'index.js'));
const { default: Provider } = await import(pathToFileURL(modules.resolve('oidc-provider')).href);

const server = createServer();
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const issuer = `http://127.0.0.1:${server.address().port}`;

const native = {
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/callback'],
  response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
};
const inspector = { client_id: 'inspector', client_secret: 'inspector-secret', redirect_uris: [], response_types: [], grant_types: [] };

const provider = new Provider(issuer, {
  clients: [
    { ...native, client_id: 'native', token_endpoint_auth_method: 'none' },
    { ...native, client_id: 'with space', client_secret: 'a secret:+%/', token_endpoint_auth_method: 'client_secret_basic' },
    { ...native, client_id: 'post', client_secret: 'another secret&=', token_endpoint_auth_method: 'client_secret_post' },
    inspector,
  ],
  features: {
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async () => true },
    revocation: { enabled: true },
  },
  scopes: ['openid', 'offline_access', 'api:read'],
  pkce: { required: () => true },
  rotateRefreshToken: true,
  issueRefreshToken: async (context, client, code) => code.scopes.has('offline_access'),
  ttl: {
    AccessToken: 60, AuthorizationCode: 30, DeviceCode: 60, Grant: 600, IdToken: 60, Interaction: 60, RefreshToken: 600, Session: 600,
  },
  cookies: { keys: ['a key for tests'] },
  findAccount: async (context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
});
server.on('request', provider.callback());
process.stdin.on('end', () => process.exit(0)).resume();
console.log(issuer);

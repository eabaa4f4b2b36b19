import { execFile, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Repositories over https, by git's own server behind a certificate that no machine trusts. */
export interface GitServer {
  url: string;
  /** Whoever trusts this authority trusts the server. */
  authority: string;
  /** Path and credentials of each request so far. */
  requests: { path: string; authorization: string | undefined }[];
  close(): Promise<void>;
}

/** Whether this machine has what such a server is made of, and what titles of tests say when not. */
export const gitServers = hasParts()
  ? { available: true, note: '' }
  : { available: false, note: ' (skipped: there is no git http-backend, or no openssl)' };

function hasParts(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    const programs = execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim();
    return existsSync(join(programs, 'git-http-backend'));
  } catch {
    return false;
  }
}

/** Serves the repositories in `folder`; `/moved/…` leads to them, and `/private/…` wants a password. */
export async function startGitServer(folder: string, name: string): Promise<GitServer> {
  const [key, authority] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  await run('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', authority]);
  const requests: GitServer['requests'] = [];
  const certificate = { key: await readFile(key), cert: await readFile(authority) };
  const server = createServer(certificate, (request, response) => {
    const { url = '', headers } = request;
    requests.push({ path: url, authorization: headers.authorization });
    if (url.startsWith('/moved/')) response.writeHead(302, { location: url.slice('/moved'.length) }).end();
    else if (url.startsWith('/private/'))
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
    else void answer(folder, request, response);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authority,
    requests,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

/** https://git-scm.com/docs/git-http-backend: a CGI program. */
async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '', 'https://127.0.0.1');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  const said = await buffer(backend.stdout);
  const end = said.indexOf('\r\n\r\n');
  const headers = said
    .subarray(0, end)
    .toString()
    .split('\r\n')
    .map((line) => line.split(': ') as [string, string]);
  const status = headers.find(([header]) => header === 'Status')?.[1] ?? '200';
  response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers)).end(said.subarray(end + 4));
}

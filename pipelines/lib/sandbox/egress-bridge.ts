/**
 * Runs inside the sandbox, as a file of its own without the rest of this program: leads from a TCP port of the sandbox's own network
 * to the proxy's socket, as most programs know no proxy behind a Unix socket.
 *
 * `egress-bridge.ts run SOCKET PORT COMMAND…` runs a command with the port open, and ends as the command did.
 * `egress-bridge.ts connect SOCKET HOST:PORT` is ssh's ProxyCommand: standard input and output are a tunnel to there.
 */
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';

const [mode, socket = '', ...rest] = process.argv.slice(2);

function run(port: number, [command = '', ...args]: string[]): void {
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const proxy = connect({ path: socket, allowHalfOpen: true });
    client.on('error', () => proxy.destroy()).on('close', () => proxy.destroy());
    proxy.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(proxy).pipe(client);
  });
  server.listen(port, '127.0.0.1', () => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.on('error', (error) => {
      console.error(error.message);
      process.exit(127);
    });
    child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal ?? 'SIGKILL']));
  });
}

function tunnel(to: string): void {
  const proxy = connect(socket, () => proxy.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`));
  let head = '';
  const onHead = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    proxy.off('data', onHead);
    if (!/^HTTP\/1\.1 200 /.test(head)) {
      console.error(`${to}: ${head.slice(0, head.indexOf('\r\n'))}`);
      process.exit(1);
    }
    process.stdout.write(Buffer.from(head.slice(end + 4), 'latin1'));
    process.stdin.pipe(proxy).pipe(process.stdout);
    proxy.once('close', () => process.exit());
  };
  proxy.on('data', onHead);
  proxy.on('error', (error) => {
    console.error(error.message);
    process.exit(1);
  });
}

if (mode === 'run') run(Number(rest[0]), rest.slice(1));
else if (mode === 'connect') tunnel(rest[0] ?? '');
else throw new Error(`the bridge can run and connect, not ${mode}`);

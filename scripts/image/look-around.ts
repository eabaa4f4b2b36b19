// Is the end of the build of scripts/image/try.ts, in its sandbox: writes as JSON what it finds and reaches from there.
// node look-around.js LISTED OTHER, two addresses of which BUILD_EGRESS has the first
import { readdirSync, readlinkSync } from 'node:fs';
import { get } from 'node:http';
import { connect } from 'node:net';

/** What a look from inside finds. */
export interface Inside {
  processNamespace: string;
  processes: number;
  demos: string[];
  listed: number | undefined;
  other: number | undefined;
  withoutProxy: string;
}

const [, , listed = '', other = ''] = process.argv;

const found: Inside = {
  processNamespace: readlinkSync('/proc/self/ns/pid'),
  processes: readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
  demos: readdirSync('/data/demos'),
  listed: await statusOf(listed),
  other: await statusOf(other),
  withoutProxy: await connectionTo(new URL(listed)),
};
process.stdout.write(`${JSON.stringify(found)}\n`);

/** By the proxy of the sandbox. */
function statusOf(address: string): Promise<number | undefined> {
  const { hostname, port } = new URL(String(process.env['HTTP_PROXY']));
  return new Promise((answer, fail) => {
    get({ hostname, port, path: address }, (response) => {
      answer(response.statusCode);
      response.resume();
    }).once('error', fail);
  });
}

function connectionTo({ hostname, port }: URL): Promise<string> {
  return new Promise((answer) => {
    const socket = connect(Number(port), hostname, () => {
      answer('connected');
      socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => answer(String(error.code)));
  });
}

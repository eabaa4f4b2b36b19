// A Temporal that answers every start at once and does nothing: what is left of a job is the starter and Postgres. It takes the port as its
// argument. Calls that it does not know get an empty answer, which in protobuf is a message of defaults.
import { randomUUID } from 'node:crypto';
import { createServer, type ServerHttp2Stream } from 'node:http2';

/** StartWorkflowExecutionResponse: run_id (1), and started (3). */
const startAnswer = (): Buffer => framed(Buffer.concat([text(1, randomUUID()), Buffer.from([0x18, 1])]));
/** HealthCheckResponse: SERVING. */
const serving = framed(Buffer.from([0x08, 1]));
const empty = framed(Buffer.alloc(0));

function answerTo(path: string): Buffer {
  if (path.endsWith('/StartWorkflowExecution')) return startAnswer();
  return path.endsWith('/Check') ? serving : empty;
}

function text(field: number, value: string): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, value.length]), Buffer.from(value)]);
}

/** As gRPC sends a message: not compressed, its length, itself. */
function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function answer(stream: ServerHttp2Stream, path: string): void {
  stream.on('error', () => undefined); // the caller has gone
  stream.resume();
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(answerTo(path));
}

const server = createServer({ settings: { maxConcurrentStreams: 10_000 } });
server.on('stream', (stream, headers) => answer(stream, String(headers[':path'])));
server.listen(Number(process.argv[2]), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0));

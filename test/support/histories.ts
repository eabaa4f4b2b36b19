import { createRequire } from 'node:module';
import type { History } from '@temporalio/worker';

/**
 * A workflow's history to and from ProtoJSON, the format of `temporal workflow show --output json` and of the Web UI's
 * download. The SDK's `historyToJSON` needs `@temporalio/common` and `@temporalio/proto` to share one copy of protobufjs,
 * which npm does not promise; here the copy is the one that `@temporalio/proto` uses.
 */
interface ProtoJson {
  toJson(type: unknown, message: unknown): unknown;
  fromJson(type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }): History;
}

const require = createRequire(import.meta.url);
const protoPath = require.resolve('@temporalio/proto');
const requireOfProto = createRequire(protoPath);
const protoJson: ProtoJson = requireOfProto('protobufjs/ext/protojson');
const { patchProtobufRoot } = requireOfProto('@temporalio/proto/lib/patch-protobuf-root');
const proto = requireOfProto(protoPath);
const historyType: unknown = patchProtobufRoot(proto).lookupType('temporal.api.history.v1.History');

export function historyToJson(history: History): { events: Record<string, unknown>[] } {
  const message: unknown = proto.temporal.api.history.v1.History.fromObject(history);
  return protoJson.toJson(historyType, message) as { events: Record<string, unknown>[] };
}

export function historyFromJson(json: unknown): History {
  return protoJson.fromJson(historyType, json, { ignoreUnknownFields: true });
}

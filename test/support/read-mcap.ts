import { readFileSync } from 'node:fs';
import { parse } from '@foxglove/rosmsg';
import { MessageReader } from '@foxglove/rosmsg2-serialization';
import { McapIndexedReader } from '@mcap/core';

/** A message as a reader of ROS 2 has it. */
export interface ReadMessage {
  readonly topic: string;
  readonly logTime: bigint;
  readonly sequence: number;
  readonly message: Record<string, unknown>;
}

/** All that an MCAP file holds, in the order of log times, decoded by the schemas in it; checksums are looked at. */
export async function readMcap(file: string) {
  const bytes = readFileSync(file);
  const reader = await McapIndexedReader.Initialize({
    readable: {
      size: async () => BigInt(bytes.length),
      read: async (offset, length) => new Uint8Array(bytes.subarray(Number(offset), Number(offset + length))),
    },
  });
  const decoders = new Map(
    [...reader.channelsById.values()].map((channel) => {
      const schema = reader.schemasById.get(channel.schemaId);
      const definition = parse(new TextDecoder().decode(schema?.data), { ros2: true });
      return [channel.id, { channel, schema, read: new MessageReader(definition) }] as const;
    }),
  );
  const messages: ReadMessage[] = [];
  for await (const { channelId, logTime, sequence, data } of reader.readMessages({ validateCrcs: true })) {
    const { channel, read } = decoders.get(channelId) as NonNullable<ReturnType<typeof decoders.get>>;
    messages.push({ topic: channel.topic, logTime, sequence, message: read.readMessage(data) });
  }
  const metadata = new Map<string, string>();
  for await (const record of reader.readMetadata({ name: 'genlock' }))
    for (const [name, value] of record.metadata) metadata.set(name, value);
  const channels = [...decoders.values()].map(({ channel, schema }) => ({
    ...{ topic: channel.topic, encoding: channel.messageEncoding },
    ...{ schema: schema?.name, schemaEncoding: schema?.encoding },
  }));
  return { profile: reader.header.profile, channels, messages, metadata };
}

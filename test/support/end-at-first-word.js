/*
 * Loaded before a script (`--import`): the process gets SIGTERM, from itself, as soon as it has said its first word on
 * the stream that SAID_ON names.
 */
const stream = process[process.env.SAID_ON ?? 'stderr'];
const write = stream.write.bind(stream);
stream.write = (...args) => {
  stream.write = write;
  const taken = write(...args);
  process.kill(process.pid, 'SIGTERM');
  return taken;
};

/** The types of a file's outermost boxes (ISO/IEC 14496-12, 4.2), in order. */
export function topLevelBoxes(data: Buffer): string[] {
  const boxes: string[] = [];
  for (let at = 0; at + 8 <= data.length; ) {
    const size = data.readUInt32BE(at);
    boxes.push(data.toString('latin1', at + 4, at + 8));
    at += size === 1 ? Number(data.readBigUInt64BE(at + 8)) : size;
    if (size === 0) break;
  }
  return boxes;
}

import type { FrameRate } from '../time/frame-rate.ts';
import type { EditedPart, EditedTake } from './edit.ts';

/**
 * A take as FCPXML 1.10: an asset a file, a multicam clip with an angle a camera, and a project with that clip. Facts
 * are from its DTD (Apple, Final Cut Pro XML, "Document Type Definition"): `media` holds `multicam` with `mc-angle`s of
 * `asset-clip` and `gap`; `mc-clip` refers to it by `ref`, with an `mc-source` for the angle that is seen; times are
 * rational seconds, and files are named by file URLs in `media-rep`. An `offset` counts in the time of what holds it,
 * which begins at its `tcStart`; a `start` and a marker's in the clip's own.
 */
export function fcpxmlOf({ take, startFrame, dropFrame, cameras }: EditedTake): string {
  const { frameRate, frames, width, height, name } = take;
  const at = (count: number): string => seconds(count, frameRate);
  const timecode = `tcStart="${at(startFrame)}" tcFormat="${dropFrame ? 'DF' : 'NDF'}"`;
  const files = cameras.flatMap((camera) => camera.parts.map((part) => ({ camera: camera.name, part })));
  const idOf = (part: EditedPart): string => `a${files.findIndex((each) => each.part === part) + 1}`;
  const clip = (offset: string): string[] => [
    `<mc-clip ref="m1"${offset} name="${xml(name)}" start="${at(startFrame)}" duration="${at(frames)}">`,
    ...cameras.slice(0, 1).map((camera) => `  <mc-source angleID="${xml(camera.name)}" srcEnable="all"/>`),
    '</mc-clip>',
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE fcpxml>',
    '<fcpxml version="1.10">',
    '  <resources>',
    `    <format id="f1" frameDuration="${at(1)}" width="${width}" height="${height}"/>`,
    ...files.flatMap(({ camera, part }) => [
      `    <asset id="${idOf(part)}" name="${xml(camera)}" start="${at(part.mediaStart)}" duration="${at(part.frames)}" hasVideo="1" format="f1" videoSources="1">`,
      `      <media-rep kind="original-media" src="${xml(part.url)}"/>`,
      '    </asset>',
    ]),
    `    <media id="m1" name="${xml(name)}">`,
    `      <multicam format="f1" ${timecode}>`,
    ...cameras.flatMap((camera) => [
      `        <mc-angle name="${xml(camera.name)}" angleID="${xml(camera.name)}">`,
      ...angle(camera.parts).map((line) => `          ${line}`),
      '        </mc-angle>',
    ]),
    '      </multicam>',
    '    </media>',
    '  </resources>',
    '  <library>',
    `    <event name="${xml(name)}">`,
    ...clip('').map((line) => `      ${line}`),
    `      <project name="${xml(name)}">`,
    `        <sequence format="f1" duration="${at(frames)}" ${timecode}>`,
    '          <spine>',
    ...clip(` offset="${at(startFrame)}"`).map((line) => `            ${line}`),
    '          </spine>',
    '        </sequence>',
    '      </project>',
    '    </event>',
    '  </library>',
    '</fcpxml>',
    '',
  ].join('\n');

  function angle(parts: readonly EditedPart[]): string[] {
    const lines: string[] = [];
    let next = 0;
    for (const part of parts) {
      if (part.firstIndex > next)
        lines.push(`<gap offset="${at(startFrame + next)}" start="0s" duration="${at(part.firstIndex - next)}"/>`);
      lines.push(
        `<asset-clip ref="${idOf(part)}" offset="${at(startFrame + part.firstIndex)}" name="${xml(part.file)}" start="${at(part.mediaStart)}" duration="${at(part.frames)}" format="f1">`,
        ...part.marks.map(
          (mark) =>
            `  <marker start="${at(part.mediaStart + mark.at)}" duration="${at(mark.frames)}" value="${xml(mark.text)}"/>`,
        ),
        '</asset-clip>',
      );
      next = part.firstIndex + part.frames;
    }
    return lines;
  }
}

/** So many frames as a rational number of seconds: `1001/30000s`, `5s`. */
function seconds(frames: number, { num, den }: FrameRate): string {
  let [a, b] = [frames * den, num];
  while (b !== 0) [a, b] = [b, a % b];
  const divisor = Math.abs(a) || 1;
  const [over, under] = [(frames * den) / divisor, num / divisor];
  return under === 1 ? `${over}s` : `${over}/${under}s`;
}

const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const xml = (text: string): string =>
  // Other signs below the blank are none of XML.
  text.replace(/[^\u0020-\uffff]/g, ' ').replace(/[&<>"]/g, (sign) => SIGNS[sign] ?? sign);

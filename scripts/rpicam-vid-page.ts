/** Writes docs/rpicam-vid.md from the definitions of options: `npx tsx scripts/rpicam-vid-page.ts`. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { OptionDefinition, OptionGroup } from '../src/cli/options/definition.ts';
import { GROUPS, optionList } from '../src/cli/options/table.ts';

export const PAGE = 'docs/rpicam-vid.md';

const INTRODUCTION = `# For those who know rpicam-vid

<!-- Written by scripts/rpicam-vid-page.ts from src/cli/options: change it there. -->

\`genlock vid\` takes the command line of rpicam-vid (1.12), so put \`genlock vid\` where \`rpicam-vid\` stands:

\`\`\`
genlock vid -n -t 20s --camera 1 --framerate 30 --codec libav -o client.mp4 --sync client
genlock vid -n -t 20s --camera 0 --framerate 30 --codec libav -o server.mp4 --sync server
\`\`\`

Every option is known, with its short form, default and grammar. It acts, or one line on stderr says what this camera can't do with it;
the recording goes on. What is new for you:

- **Frame N is frame N.** All cameras of a take begin and end at the same frame, a dropped frame leaves its slot to a repeat of the
  one before, and a pause, a segment or a split falls on the same frame everywhere.
- **mp4 works with everything**: \`--segment\`, \`--split\`, \`--circular\`, \`--initial pause\`, \`--save-pts\`, \`--metadata\`, and with \`--sync\`.
- **Files are replaced without asking**, as rpicam-vid does; scripts rely on it. But not before there is a frame in their place: a
  recording that is stopped before leaves what was there. Until then it stands beside it (\`a.mp4.previous\`), where a crash leaves it.
- **What is wrong is said** in one line, with exit code 2 before anything is recorded, and 1 where
  something fails on the way; rpicam-vid exits with 255, or aborts.
- **One command for all cameras** is \`genlock record\`, which also proves the take from its pixels.

It does not drive a Raspberry Pi's cameras itself: it records the virtual cameras, video devices, files and streams that \`--camera\`
names. Stock cameras join a take through their own \`rpicam-vid\`: see [Raspberry Pi](raspberry-pi.md), and [from Python](from-python.md) for scripts.
`;

const LEGEND = `## Options

Under *here*: **acts** means that it does what it does in rpicam-vid; **camera** that the camera is asked for it, and says in one line what it
can't; **accepted** that there is nothing to do; **not available** that it is taken and a line says why, unless it asks for the
default. \`+\` marks what rpicam-vid does not have.
`;

const REST = `## Grammar

- \`--name value\` or \`--name=value\`; \`-t 20s\`, \`-t20s\`; switches of one letter together: \`-nk\`. A long name may be cut short where that
  leaves one option of rpicam-vid: \`--time 5s\`.
- A switch stands alone, or with \`=1\`, \`=0\`, \`=true\`, \`=false\`. A \`1\` or \`0\` behind it (\`--hflip 1\`) is taken as its value. \`--no-raw\` is a switch
  of its own, not the opposite of another.
- \`--verbose\`, \`--config\`, \`--hdr\` and \`--circular\` may stand alone; else their value is behind a \`=\`, or is the next argument that does
  not begin with \`-\`.
- Negative numbers are values: \`--ev -1\`, \`--brightness -0.5\`.
- What is given last counts.
- An unknown option, a value that is missing and an argument that belongs to no option are errors. rpicam-vid takes no notice of the last.
- **Times** (\`-t\`, \`--shutter\`, \`--segment\`, \`--flicker-period\`, \`--min-adjustment\`): a number with \`min\`, \`sec\`, \`s\`, \`ms\`, \`us\` or \`ns\` right behind it.
  Bare, it is ms for \`-t\` and \`--segment\`, us for the others. Any other suffix is an error, and so is a negative time.
- **Bitrates**: a number with \`bps\`, \`b\`, \`kbps\`, \`k\`, \`K\` (a thousand), \`mbps\`, \`m\` or \`M\` (a million).

## Streams

\`-o -\` writes to stdout, \`udp://host:port\` and \`tcp://host:port\` (with \`--listen\`: waits there for a reader) as rpicam-vid does, with any codec. Any other
address is written to by the program ffmpeg of the system, with the protocols that it has (\`ffmpeg -protocols\`): \`rtmp://\`, \`rtmps://\`, \`srt://\`, \`http://\`,
\`icecast://\` and more; it gets the bytes as they are, and connects with the first of them. rpicam-vid has those with \`--codec libav\` alone; here every codec can be sent that the container holds. \`rtmp\` goes in flv and \`srt\` in mpegts where
\`--libav-format\` names no other; the rest as bare streams.

\`\`\`
genlock vid -n -t 0 --width 1280 --height 720 --bitrate 3mbps -o rtmp://192.168.1.5/live/cam0
\`\`\`

\`rtsp\`, \`rtp\`, \`sap\` and \`whip\` are formats in FFmpeg, which make connections of their own and need the pictures one by one, not the bytes: they are an
error that says how to hand the stream to the program, \`-o - | ffmpeg -f h264 -i - -c copy -f rtsp rtsp://...\`. A reader that goes away ends
the recording with exit code 1, on every protocol.

## Config file

\`--config FILE\` (alone: \`config.txt\`) reads a \`name=value\` a line; \`#\` begins a comment, a switch may stand alone. The command line wins
over the file, wherever it stands. Errors name the file and the line.

\`\`\`
# two seconds of 720p
width=1280
height=720
timeout=2s
nopreview
\`\`\`

## Tuning file

\`--tuning-file FILE\` reads the \`rpi.sync\` section of a camera's tuning file, in its present form (version 2.0, a list of \`algorithms\`) or the
older one (sections in the file itself). Options on the command line win over it, it wins over the defaults. Errors name the file and the field.

\`\`\`json
{ "version": 2.0, "algorithms": [ { "rpi.sync": { "group": "239.255.255.250", "port": 10000, "sync_period": 30, "ready_frame": 100, "min_adjustment": 50 } } ] }
\`\`\`

| field | option | unit |
|---|---|---|
| \`group\`, \`port\` | \`--sync-group\`, \`--sync-port\` | |
| \`sync_period\` | \`--sync-period\` | frames |
| \`ready_frame\` | \`--ready-frames\` | frames |
| \`min_adjustment\` | \`--min-adjustment\` | us |

## Names of files

\`%d\`, \`%3d\` and \`%03d\` in the name given to \`-o\` count files from 0; \`--wrap\` lets them begin again. strftime's conversions are the time at which the file's
first frame was due, the same on all cameras of a take: \`-o clip-%Y%m%d-%H%M%S.mp4\`. Beside one of those, a bare \`%d\` is the day of the
month, and \`%03d\` still counts. \`%%\` is a percent sign. Without either, the second file gets its number before the ending: \`a.mp4\`, \`a-1.mp4\`.
\`--save-pts\`, \`--metadata\` and \`--frames-csv\` with such a name make a file for each segment; without, one for the whole recording.

## Where the video goes

| \`--codec\` | into a file | to \`-\`, \`udp://HOST:PORT\`, \`tcp://HOST:PORT\` |
|---|---|---|
| \`h264\` | \`.mp4\`, \`.m4v\`, \`.mov\`, \`.mkv\`, \`.avi\`, \`.ts\`, \`.flv\`: that container; else an elementary stream | an elementary stream, or \`--libav-format\` |
| \`libav\` | the container that the ending or \`--libav-format\` names | needs \`--libav-format\`, for example \`mpegts\` |
| \`mjpeg\` | those containers; else one JPEG behind the other | one JPEG behind the other |
| \`yuv420\` | planes Y, U, V of each frame, nothing between | the same |

\`--listen\`, or \`?listen=1\` behind a \`tcp://\` address, waits there for a reader. Of \`-o -\` and \`--metadata -\` only one can have stdout.

## Pause, resume, save

With \`--keypress\`, Enter pauses and resumes and \`x\` with Enter ends; with \`--signal\`, SIGUSR1 and SIGUSR2 do. With \`--circular\`, Enter and SIGUSR1 save the
buffer, again and again, while the recording goes on, at once also in a pause; with \`--initial pause\` the first of them begins the recording. A server's pause and resume reach its clients ahead of time as the number of a frame; a client can't pause
by itself, and a stock client records on. A server's save reaches its clients too; a client can save its own. Without \`--signal\` these signals change nothing, and a line says so.

## Times that survive a JSON reader

\`FrameWallClock\` counts nanoseconds and is over 2^53: JavaScript's \`JSON.parse\` and others round it, Python's \`json\` does not. \`--metadata-format
json-strings\` writes such numbers in quotes: \`BigInt(entry.FrameWallClock)\`. The raw form, which tools for rpicam-vid read, is the default.
`;

/** The whole page, as Markdown. */
export function page(): string {
  const groups = (Object.keys(GROUPS) as OptionGroup[]).map(groupTable);
  return [INTRODUCTION, LEGEND, ...groups, REST].join('\n');
}

function groupTable(group: OptionGroup): string {
  const rows = optionList
    .filter(([, definition]) => definition.group === group && !definition.hidden)
    .map(([name, definition]) => row(name, definition));
  return [
    `### ${GROUPS[group]}`,
    '',
    '| option | default | meaning | here | where it differs, and why |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function row(name: string, definition: OptionDefinition): string {
  const { short, ours, help, does, differs = '' } = definition;
  const written = `${ours ? '+ ' : ''}\`--${name}\`${short === undefined ? '' : `, \`-${short}\``}`;
  const here = typeof does === 'string' ? does : `not available: ${does.unavailable}`;
  const cells = [written, usual(definition), help, here, differs].map((cell) => cell.replaceAll('|', '\\|'));
  return `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
}

function usual({ value, implicit, default: text, otherwise }: OptionDefinition): string {
  if (value === 'none') return 'off';
  const without = otherwise ?? (text === undefined ? '' : `\`${text}\``);
  const alone = value === 'optional' ? `alone: \`${implicit}\`` : '';
  return [without, alone].filter((part) => part !== '').join('; ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE, page());

import { stat } from 'node:fs/promises';
import os from 'node:os';
import { dirname, join, resolve } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { isStock } from '../../camera/backends.ts';
import { findStockProgram, listStockCameras, stockHasSync, stockVersionText } from '../../camera/rpicam/program.ts';
import { stockNumber, stockSpec } from '../../camera/rpicam/spec.ts';
import { clockFinding } from '../../doctor/clock.ts';
import { CHECKS, type Check, type Finding, finding, notApplicable, unanswered } from '../../doctor/finding.ts';
import * as machine from '../../doctor/machine.ts';
import { networkFinding, type Route } from '../../doctor/network.ts';
import { type DoctorReport, isGood, withoutHome } from '../../doctor/report.ts';
import { ffmpegFinding, koffiFinding, nodeFinding } from '../../doctor/software.ts';
import { diskFinding, encoderFinding, folderFinding } from '../../doctor/speed.ts';
import { steeringFinding, steeringRefused } from '../../doctor/steering.ts';
import * as stock from '../../doctor/stock.ts';
import { readTimeService } from '../../host/ask-time-service.ts';
import { type Board, isRaspberryPi, readBoard } from '../../host/board.ts';
import { openClock } from '../../host/clock.ts';
import { hearOneself } from '../../host/hear-oneself.ts';
import { DEFAULT_INTERFACE, ipv4Interfaces, resolveInterface } from '../../host/interfaces.ts';
import { loadKoffi } from '../../host/koffi.ts';
import { type SystemText, systemText } from '../../host/system-text.ts';
import { writeSpeed } from '../../host/write-speed.ts';
import { loadLibav } from '../../libav/load.ts';
import { findSystemFfmpeg } from '../../libav/system-ffmpeg.ts';
import { messageInFlags } from '../../options/flags.ts';
import { type SettledTake, settleTake, type TakeValues } from '../../options/take.ts';
import { chooseEncoder } from '../../record/encoders/encoders.ts';
import { encoderBackends } from '../../record/encoders/ways.ts';
import { readText } from '../../regular-file.ts';
import { findTuningFile, hasPisp } from '../../rpicam/find-tuning.ts';
import type { ListedCamera } from '../../rpicam/list-cameras.ts';
import { readSyncTuning } from '../../rpicam/tuning-file.ts';
import { parseStockVersion } from '../../rpicam/version.ts';
import { framesPerSecond } from '../../time/frame-rate.ts';
import { version } from '../../version.ts';
import { expectedBytesPerS, freeBytes, secondsLeft } from '../files/disk-watch.ts';
import { chooseCameras } from '../plan/choice.ts';
import { takeInterfaces } from '../plan/network.ts';
import { findStockCamera, makeSteerable } from '../steered/camera.ts';
import { probeSteering } from '../steered/probe.ts';
import { steeredRun } from '../stock/steered-camera.ts';
import { distributionIn, nodeAvVersion } from '../take/software.ts';
import { encoderSpeed } from './encoder-speed.ts';

/** What has not answered after this long does not, in s. */
const LIMIT_S = 10;
/** A message to oneself takes a millisecond. */
const HEAR_MS = 1_000;
/** Trials of speed, in ms and bytes. */
const TRIAL_MS = 1_500;
const TRIAL_BYTES = 64 << 20;
/** Of steering, in s: half of it until a camera is in its place, at the most. And until all has ended. */
const STEERING_S = 10;
const STEERING_LIMIT_S = 25;

/** Looks at everything that a take like this one needs. It records nothing and leaves nothing behind. */
export class Examination {
  private readonly options: SettledTake;
  private readonly text: SystemText;
  private readonly steering: boolean;
  private readonly onStep: (what: string) => void;

  /**
   * @param values what would be asked of `record`.
   * @param steering true where stock cameras are opened, to try how well they can be steered.
   * @param onStep hears in a few words what is looked at.
   */
  constructor(values: TakeValues, steering: boolean, onStep: (what: string) => void, text: SystemText = systemText) {
    this.options = settleTake(values);
    this.steering = steering;
    this.onStep = onStep;
    this.text = text;
  }

  /** Takes up to a minute where much hangs, some seconds where nothing does. */
  async run(): Promise<DoctorReport> {
    const { width, height } = this.options;
    this.onStep('looking at this machine');
    const board = await readBoard(this.text);
    const system = await this.system(board);
    const ways = await within(LIMIT_S, this.ways(), undefined);
    this.onStep('looking at the cameras');
    const cameras = await this.cameras(board);
    this.onStep('listening to messages of its own');
    const small = await Promise.all([
      limited('network', LIMIT_S, () => this.network(cameras.specs)),
      limited('clock', LIMIT_S, () => this.clock()),
    ]);
    // Speeds behind all else, one behind the other: each has the machine to itself.
    this.onStep('trying how fast the disk is');
    const disk = await limited('disk', LIMIT_S, () => this.disk(cameras.count));
    this.onStep('trying how fast the encoder is');
    const encoder = await limited('encoder', LIMIT_S, () => this.encoder(cameras));
    const steering = this.steering ? await this.steer(cameras.specs, cameras.program?.path) : [];
    const koffi = loadKoffi()?.version;
    const findings = [
      ...[machine.boardFinding(system), machine.processorsFinding(load())],
      ...[machine.temperatureFinding(board), machine.throttlingFinding(board), cameras.cma],
      ...[nodeFinding(process.versions.node, manifest.engines.node), koffiFinding(koffi)],
      ways === undefined ? unanswered('ffmpeg', LIMIT_S) : ffmpegFinding(ways, this.options.encoder),
      ...[cameras.findings, ...small, disk, encoder, steering].flat(),
    ];
    const order = Object.keys(CHECKS);
    findings.sort((a, b) => order.indexOf(a.check) - order.indexOf(b.check));
    const known = (name: string): string | undefined =>
      ways?.find((way) => way.name === name && way.missing === undefined)?.version;
    const report: DoctorReport = {
      format: 'genlock doctor',
      version: 1,
      genlock: version,
      made: new Date().toISOString(),
      good: isGood(findings),
      asked: { cameras: [...cameras.specs], width, height, framesPerSecond: this.fps },
      versions: given({
        node: process.versions.node,
        os: system.os,
        distribution: system.distribution,
        arch: system.arch,
        board: board.model,
        koffi,
        nodeAv: known('node-av'),
        ffmpeg: known('ffmpeg'),
        rpicamApps: cameras.program?.apps,
        libcamera: cameras.program?.libcamera,
      }) as DoctorReport['versions'],
      findings,
    };
    return withoutHome(report, os.homedir());
  }

  private get fps(): number {
    return framesPerSecond(this.options.frameRate);
  }

  private async system(board: Board): Promise<machine.System> {
    const distribution = distributionIn((await this.text.read('/etc/os-release')) ?? '');
    return { board, os: `${os.type()} ${os.release()}`, distribution, arch: process.arch };
  }

  private async ways() {
    const versions: Readonly<Record<string, () => Promise<string | undefined>>> = {
      'node-av': async () => {
        const libav = await loadLibav();
        if (libav instanceof Error) return undefined;
        const own = await nodeAvVersion().catch(() => undefined);
        const ffmpeg = `FFmpeg ${libav.getFFmpegInfo().version}`;
        return own === undefined ? ffmpeg : `${own} (${ffmpeg})`;
      },
      ffmpeg: async () => (await findSystemFfmpeg())?.version,
    };
    return Promise.all(
      encoderBackends.map(async (way) => ({
        name: way.name,
        missing: await way.unavailable(),
        version: await versions[way.name]?.(),
      })),
    );
  }

  private async cameras(board: Board) {
    const { cameras, rpicamVid, width, height } = this.options;
    const asked = { width, height, fps: this.fps };
    const program = await this.program();
    let specs: readonly string[] = [];
    let chosen: Finding;
    try {
      specs = (await chooseCameras(cameras, rpicamVid)).map(({ spec }) => spec);
      chosen = finding('cameras', 'good', specs.join(', '));
    } catch (error) {
      chosen = finding('cameras', 'fail', messageInFlags(error), {
        advice: 'genlock cameras lists what there is; docs/raspberry-pi.md says what to do where a camera is not found',
      });
    }
    const stockSpecs = specs.filter(isStock);
    const listed = program === undefined || stockSpecs.length === 0 ? [] : await listed_(program.path);
    const own = stockSpecs.flatMap((spec) => {
      const camera = listed.find(({ index }) => index === stockNumber(spec));
      return camera === undefined ? [] : [{ spec: stockSpec(camera.index), camera }];
    });
    const files = await Promise.all(own.map(({ spec, camera }) => tuningOf(spec, camera, board.model)));
    const buffers = own.flatMap(({ camera }) => {
      const mode = stock.likelyMode(camera.modes, asked);
      return mode === undefined ? [] : [{ mode: { ...mode, bits: camera.bits ?? 10 }, width, height }];
    });
    return {
      program,
      specs,
      count: Math.max(1, specs.length),
      elsewhere: specs.length > 0 && stockSpecs.length === specs.length,
      cma: machine.cmaFinding(board, hasPisp(board.model ?? ''), buffers),
      findings: [
        stock.programFinding(program, isRaspberryPi(board.model), this.fps),
        program === undefined ? notApplicable('libcamera', 'no rpicam-vid') : stock.libcameraFinding(program, this.fps),
        chosen,
        ...own.map(({ spec, camera }) => stock.modesFinding(spec, camera, asked)),
        files.length === 0 ? notApplicable('tuning', 'no stock camera') : stock.tuningFinding(files),
      ],
    };
  }

  private async program(): Promise<stock.StockProgram | undefined> {
    const path = await findStockProgram(this.options.rpicamVid);
    if (path === undefined) return undefined;
    const [text, sync] = await Promise.all([stockVersionText(path), stockHasSync(path)]);
    return { path, sync, ...parseStockVersion(text) };
  }

  /** All stock cameras at once, as in a take. */
  private async steer(specs: readonly string[], program: string | undefined): Promise<Finding[]> {
    if (program === undefined) return [notApplicable('steering', 'no rpicam-vid')];
    const stockSpecs = specs.filter(isStock);
    if (stockSpecs.length === 0) return [notApplicable('steering', 'no stock camera')];
    this.onStep(`steering the cameras for ${STEERING_S} s`);
    const trials = stockSpecs.map((spec) =>
      limited('steering', STEERING_LIMIT_S, () => this.steerOne(spec, stockNumber(spec) ?? 0)),
    );
    return (await Promise.all(trials)).flat();
  }

  private async steerOne(spec: string, number: number): Promise<Finding> {
    const { frameRate, width, height, exposureUs, group, rpicamVid } = this.options;
    const request = { frameRate, width, height, exposureUs };
    let known = true;
    try {
      const found = await findStockCamera(number, request, rpicamVid);
      known = steeredRun(found.listed, request) !== undefined;
      const camera = await makeSteerable(found, request, group);
      try {
        const trial = await probeSteering(camera, request, openClock(), STEERING_S * 1000);
        return steeringFinding(spec, found.listed.model, trial);
      } finally {
        await camera.close();
      }
    } catch (error) {
      return steeringRefused(spec, messageInFlags(error), known);
    }
  }

  private async network(specs: readonly string[]): Promise<Finding> {
    const { group, interface: named } = this.options;
    const given = resolveInterface(named);
    const asked = [takeInterfaces({ specs, interfaces: given }) ?? DEFAULT_INTERFACE].flat();
    const routes = await Promise.all(asked.map((address) => tryRoute(group, address)));
    const all = given !== undefined || asked.includes(DEFAULT_INTERFACE);
    return networkFinding({ group, routes, ...(!all && { other: await tryRoute(group, DEFAULT_INTERFACE) }) });
  }

  private async clock(): Promise<Finding> {
    return clockFinding(await readTimeService(this.text.run), process.env.GENLOCK_CLOCK || undefined);
  }

  private async disk(cameras: number): Promise<Finding[]> {
    const { output = 'takes', width, height } = this.options;
    const needed = expectedBytesPerS(cameras, width, height, this.fps);
    const folder = await nearest(resolve(output));
    const free = (await freeBytes(folder)) ?? 0;
    const lastsS = secondsLeft(free, needed);
    const about = { path: output, freeBytes: free, lastsS };
    if (lastsS <= 0) return [folderFinding(about), notApplicable('disk', 'no room for a trial')];
    try {
      const speed = await writeSpeed(folder, TRIAL_MS, Math.min(TRIAL_BYTES, free / 4));
      return [folderFinding(about), diskFinding(speed, needed)];
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return [
        folderFinding({ ...about, refused: code ?? message }),
        notApplicable('disk', 'nothing can be written there'),
      ];
    }
  }

  private async encoder(cameras: { readonly count: number; readonly elsewhere: boolean }): Promise<Finding> {
    const { width, height, frameRate, preset, encoder: way } = this.options;
    const encoder = await chooseEncoder({ way }).catch(() => undefined);
    if (encoder === undefined) return notApplicable('encoder', 'nothing to encode with');
    try {
      const framesPerS = await encoderSpeed(encoder, { width, height, frameRate, preset, mostMs: TRIAL_MS });
      return encoderFinding({
        ...{ way: encoder.way ?? encoder.name, width, height, framesPerS, fps: this.fps },
        ...{ cameras: cameras.count, elsewhere: cameras.elsewhere },
      });
    } catch (error) {
      return finding('encoder', 'fail', `does not work: ${messageInFlags(error)}`, {
        advice: 'the other way to FFmpeg may do: --encoder ffmpeg, or --encoder node-av',
      });
    }
  }
}

/** What comes of some work, or in place of it where it takes longer than this. */
async function within<T, U>(seconds: number, work: Promise<T>, otherwise: U): Promise<T | U> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<U>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), seconds * 1000);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

/** What a check finds, in its time. */
const limited = async (check: Check, seconds: number, work: () => Promise<Finding | Finding[]>): Promise<Finding[]> =>
  [await within(seconds, work(), unanswered(check, seconds))].flat();

const listed_ = async (program: string): Promise<readonly ListedCamera[]> => (await listStockCameras(program)).cameras;

async function tuningOf(spec: string, { model, filter }: ListedCamera, board = ''): Promise<stock.TuningFile> {
  try {
    const file = findTuningFile(model, { board, mono: filter === 'MONO' });
    return { spec, model, sync: readSyncTuning(await readText(file), file) !== undefined };
  } catch {
    return { spec, model, sync: undefined };
  }
}

async function tryRoute(group: string, asked: string): Promise<Route> {
  const address = asked === DEFAULT_INTERFACE ? undefined : asked;
  const found = await hearOneself(group, address, HEAR_MS);
  const { name = '' } = found;
  return {
    ...found,
    asked: ipv4Interfaces().find((each) => each.address === asked)?.name ?? asked,
    wireless: name !== '' && (await exists(join('/sys/class/net', name, 'wireless'))),
  };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The folder, or the nearest above it that is there. */
async function nearest(folder: string): Promise<string> {
  return dirname(folder) === folder || (await exists(folder)) ? folder : nearest(dirname(folder));
}

function load(): machine.Load {
  const [minute = 0] = os.loadavg();
  return { processors: os.availableParallelism(), ...(process.platform !== 'win32' && { load: minute }) };
}

/** Without what is undefined. */
const given = (values: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));

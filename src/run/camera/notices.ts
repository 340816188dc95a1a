import type { ClientNotice } from '../../sync/client.ts';

/** A line for the user: `info` for those who want to know, `news` and `warning` for everybody. */
export interface Line {
  readonly level: 'info' | 'news' | 'warning';
  readonly text: string;
  /** True for what is the same for all cameras of a host: a take says it once. */
  readonly once?: boolean;
  /** What of a take's troubles it tells of, where it tells of one. */
  readonly about?: 'clock-set';
}

/**
 * What the guard noticed, in words.
 * @param ownFps frames a second of this camera.
 * @param here the server is on this very host, and by the same clock: what seems to be a clock that differs is a
 *   process that was late, which is nothing to set a clock for.
 */
export function noticeLine(notice: ClientNotice, recording: boolean, ownFps: number, here = false): Line {
  if (here && isOfClocks(notice)) {
    return { level: 'info', text: "the server's messages come at other times than before: this computer is busy" };
  }
  const warning = (text: string): Line => ({ level: 'warning', text });
  const clockSet = (text: string): Line => ({ level: 'warning', text, about: 'clock-set' });
  switch (notice.kind) {
    case 'server':
      return { level: 'info', text: `server heard: ${notice.from}` };
    case 'clock-difference':
      return warning(
        `the server's clock is ${seconds(Math.abs(notice.differenceUs))} ${notice.differenceUs > 0 ? 'ahead of' : 'behind'} ` +
          "this host's: frames are synchronised to its clock; set both hosts' clocks by NTP, chrony or PTP",
      );
    case 'second-server':
      return warning(`a second server is sending (${notice.from}); staying with ${notice.current}`);
    case 'regrid':
      return notice.reason === 'restart'
        ? warning('the server began anew: following its frames, keeping the frame numbers')
        : clockSet("the server's clock was stepped: following its frames, keeping the frame numbers");
    case 'other-rate':
      return warning(
        `a server at ${notice.serverFps.toFixed(2)} fps is sending (${notice.from}), this camera runs at ${Number(ownFps.toFixed(3))}: not followed; ` +
          'where it is meant to be, give both the same frame rate',
      );
    case 'clocks-apart':
      return warning(`${clocksApart(notice)}; waiting for a server whose clock is within a second`);
    case 'clocks-diverging':
      return clockSet(
        `clocks diverging: ${notice.who === 'own' ? "this host's" : "the server's"} clock is being set; frames go on as they were`,
      );
    case 'no-exposure':
      return warning(
        `alignment by the ${notice.align} of exposures: the server's messages don't tell its exposure; the ends coincide`,
      );
    case 'server-gone':
      return warning(
        recording
          ? 'the server is silent: going on by its last known rate'
          : 'the server is silent: waiting for a server again',
      );
  }
}

/** Whether it says of two clocks that they differ. */
const isOfClocks = (notice: ClientNotice): boolean =>
  notice.kind === 'clock-difference' ||
  (notice.kind === 'regrid' && notice.reason === 'step') ||
  (notice.kind === 'clocks-diverging' && notice.who !== 'own');

/**
 * Whether what the guard noticed ends a camera that has not begun to record. In a take only the take's own server is
 * heard, and its clock can't be followed: the take could never begin. Alone, anybody may have sent it, and no datagram
 * ends a process: the camera waits on.
 */
export const endsCamera = (notice: ClientNotice, { recording, inTake }: { recording: boolean; inTake: boolean }) =>
  notice.kind === 'clocks-apart' && inTake && !recording;

/**
 * A server that can't be followed, since its clock is not this host's: both clocks, how far they are apart, and what to
 * do.
 */
export function clocksApart({ serverUs, hostUs }: { readonly serverUs: number; readonly hostUs: number }): string {
  const apart = `${seconds(Math.abs(serverUs - hostUs))} ${serverUs > hostUs ? 'ahead of' : 'behind'}`;
  return (
    `the server's clock says ${clockText(serverUs)}, ${apart} this host's, which says ${clockText(hostUs)}: no frame can be matched; ` +
    "set both hosts' clocks by NTP, chrony or PTP (37 s are TAI against UTC: both must keep the same)"
  );
}

const clockText = (us: number): string => new Date(us / 1000).toISOString();

const seconds = (us: number): string => (us >= 1e6 ? `${(us / 1e6).toFixed(1)} s` : `${(us / 1e3).toFixed(0)} ms`);

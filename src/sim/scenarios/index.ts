import { anything } from './anything.ts';
import { carriedOn } from './carried-on.ts';
import { clockStep, serverRestart } from './disturbed.ts';
import { withoutCamera } from './grid.ts';
import { anotherHostTakesOver, bootClocksApart, draggedAway, serverHostReboots } from './hosts.ts';
import { hostsAsymmetric, hostsDrift, hostsNoExchange, hostsQuiet, hostsReboot, hostsWifi } from './hosts-exchange.ts';
import { phaseHunt, phaseHuntFixedDelay } from './hunting.ts';
import { lateJoin, lateProcesses, stockPeers, worstPhase } from './joining.ts';
import { manyCameras } from './many.ts';
import { holdover, lostMessages } from './messages.ts';
import { pauses } from './pauses.ts';
import type { Scenario } from './scenario.ts';
import { crystals, droppedFrames, frameRates, mixedModels, noHeadroom, noisyTimestamps, sameModel } from './steady.ts';
import {
  steered,
  steeredBusy,
  steeredByMetadata,
  steeredClockStep,
  steeredDelayMoves,
  steeredFarCrystals,
  steeredFast,
  steeredLeader,
  steeredLossy,
  steeredStart,
  steeredTooLate,
  steeredUnderOurs,
  steeredUnknown,
} from './steered.ts';

/** All scenarios; a scenario's number is its place, from 1 on. */
export const SCENARIOS: readonly Scenario[] = [
  sameModel,
  crystals,
  mixedModels,
  noisyTimestamps,
  lostMessages,
  holdover,
  serverRestart,
  clockStep,
  frameRates,
  noHeadroom,
  droppedFrames,
  worstPhase,
  lateJoin,
  stockPeers,
  pauses,
  carriedOn,
  manyCameras(10_000),
  serverHostReboots,
  anotherHostTakesOver,
  bootClocksApart,
  draggedAway,
  anything,
  steered,
  steeredByMetadata,
  steeredTooLate,
  steeredFarCrystals,
  steeredFast,
  steeredUnknown,
  steeredLossy,
  steeredBusy,
  steeredDelayMoves,
  steeredClockStep,
  steeredLeader,
  steeredStart,
  steeredUnderOurs,
  lateProcesses,
  withoutCamera,
  hostsQuiet,
  hostsWifi,
  hostsAsymmetric,
  hostsDrift,
  hostsReboot,
  hostsNoExchange,
  phaseHunt,
  phaseHuntFixedDelay,
];

/** A scenario by its name or its number. */
export const scenarioNamed = (text: string): Scenario | undefined =>
  SCENARIOS.find(({ name }, i) => name === text || String(i + 1) === text);

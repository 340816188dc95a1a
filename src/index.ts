/**
 * The core of genlock, for any runtime: time, wire format, sync machines and the simulator. It opens no socket and reads no clock; events and
 * their times go in, what to do comes out.
 */

export { Random } from './sensor/random.ts';
export { Sensor, type SensorFrame, type SensorOptions } from './sensor/sensor.ts';
export { modesOf, SENSOR_MODES, type SensorMode } from './sensor/sensor-models.ts';
export { Link, type LinkOptions } from './sim/link.ts';
export { runScenario } from './sim/run-scenario.ts';
export { SCENARIOS, scenarioNamed } from './sim/scenarios/index.ts';
export { type SimCameraOptions, World, type WorldFrame, type WorldOptions } from './sim/world.ts';
export { type ClientFrame, type ClientState, SyncClient } from './sync/client.ts';
export {
  type ClientController,
  type ClientDecision,
  type ServerController,
  type ServerDecision,
  SYNC_DEFAULTS,
  type SyncSettings,
} from './sync/controller.ts';
export { CONTROLLER_NAMES, CONTROLLERS, type ControllerName, controllerNamed } from './sync/controllers/index.ts';
export type {
  ClientSetting,
  ClientSetup,
  ControlledCamera,
  NoHeadroom,
  ServerSetup,
  SyncController,
} from './sync/controllers/sync-controller.ts';
export { type GuardNotice, MessageGuard, type Refusal, type Verdict } from './sync/guard.ts';
export type { ClientMachine, ServerMachine } from './sync/machine.ts';
export type { RecordingChange } from './sync/recording-change.ts';
export { RecordingPlan } from './sync/recording-plan.ts';
export { replay, type VectorCase, type VectorEvent } from './sync/replay.ts';
export { type ServerFrame, SyncServer } from './sync/server.ts';
export type { SteeredCamera } from './sync/steered-camera.ts';
export { StockClient } from './sync/stock-client.ts';
export { StockServer } from './sync/stock-server.ts';
export { Timeline } from './sync/timeline.ts';
export { TrackingClient } from './sync/tracking/client.ts';
export { headroom } from './sync/tracking/headroom.ts';
export { TrackingServer } from './sync/tracking/server.ts';
export type { Clock, ClockPair } from './time/clock.ts';
export { ClockRecovery } from './time/clock-recovery.ts';
export { type FrameRate, formatFrameRate, framesPerSecond, parseFrameRate, periodUs } from './time/frame-rate.ts';
export { type Summary, summarise } from './time/statistics.ts';
export {
  type BootUs,
  bootUs,
  type MonoUs,
  monoUs,
  nsToUs,
  nsToWholeUs,
  usToNs,
  type WallUs,
  wallUs,
} from './time/units.ts';
export { decodeEnvelope, type Envelope, encodeEnvelope } from './wire/envelope.ts';
export { decodeMessage, encodeMessage, STOCK_BYTES, type SyncMessage } from './wire/message.ts';

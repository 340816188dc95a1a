/**
 * The core of genlock, for any runtime: time, wire format, sync machines, the simulator, and the pixel clock as it is
 * drawn. It opens no socket and reads no clock; events and their times go in, what to do comes out.
 */

export { drawPixelClock, type Exposure } from './pixel-clock/draw.ts';
export { type LumaPlane, type Placement, panelSize } from './pixel-clock/layout.ts';
export { Random } from './sensor/random.ts';
export { Sensor, type SensorFrame, type SensorOptions } from './sensor/sensor.ts';
export { modesOf, SENSOR_MODES, type SensorMode } from './sensor/sensor-models.ts';
export type { HostClocks } from './sim/host-clocks.ts';
export type { AnsweringHost, HostExchangeOptions } from './sim/host-exchange.ts';
export type { Hunting } from './sim/hunted-world.ts';
export { Link, type LinkOptions } from './sim/link.ts';
export type { Pairing } from './sim/machines.ts';
export {
  type CameraResult as ScenarioCamera,
  type Column,
  type RunOptions,
  runScenario,
  type ScenarioResult,
  type ScenarioRun,
} from './sim/run-scenario.ts';
export { SCENARIOS, scenarioNamed } from './sim/scenarios/index.ts';
export type { ClientRun, Must, Scenario, Variant } from './sim/scenarios/scenario.ts';
export type { GridOptions } from './sim/sim-grid.ts';
export type { StandByOptions } from './sim/stand-by.ts';
export type { Busy as SimBusy } from './sim/steered-camera.ts';
export type { Steering as SimSteering } from './sim/steered-world.ts';
export type { StockProcessOptions } from './sim/stock-process.ts';
export type { Drag, StrangerOptions } from './sim/stranger.ts';
export type { Figures, Observed } from './sim/watch.ts';
export {
  type Ask,
  type ServerRun,
  type SimCameraOptions,
  World,
  type WorldFrame,
  type WorldOptions,
} from './sim/world.ts';
export type { AnnouncerOptions } from './sync/announcer.ts';
export { type ClientFrame, type ClientNotice, type ClientState, SyncClient } from './sync/client.ts';
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
export { GridServer, type GridServerOptions } from './sync/grid-server.ts';
export { type GuardNotice, MessageGuard, type Refusal, type Verdict } from './sync/guard.ts';
export type { ClientMachine, ServerMachine } from './sync/machine.ts';
export type { SyncAlign } from './sync/names.ts';
export type { Unreasonable } from './sync/reason.ts';
export type { RecordingChange } from './sync/recording-change.ts';
export { RecordingPlan } from './sync/recording-plan.ts';
export { type Int, replay, type VectorCase, type VectorEvent } from './sync/replay.ts';
export { type ServerFrame, SyncServer } from './sync/server.ts';
export type { HeardStart } from './sync/start-intake.ts';
export type { SteeredCamera } from './sync/steered-camera.ts';
export type { Channel as SteeringChannel } from './sync/steering/report.ts';
export { StockClient } from './sync/stock-client.ts';
export { StockServer } from './sync/stock-server.ts';
export { Timeline } from './sync/timeline.ts';
export { TrackingClient, type TrackingClientOptions } from './sync/tracking/client.ts';
export { headroom } from './sync/tracking/headroom.ts';
export { TrackingServer, type TrackingServerOptions } from './sync/tracking/server.ts';
export type { Followed } from './sync/tracking/server-grid.ts';
export type { Clock, ClockPair } from './time/clock.ts';
export { ClockRecovery } from './time/clock-recovery.ts';
export { type FrameRate, formatFrameRate, framesPerSecond, parseFrameRate, periodUs } from './time/frame-rate.ts';
export { type FramePhase, parsePhase, RateGrid } from './time/rate-grid.ts';
export { type Summary, summarise } from './time/statistics.ts';
export type { TimelineStart } from './time/timecode.ts';
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

/**
 * genlock for scripts on Node: record cameras frame for frame, prove what was recorded, read takes and repair them; and
 * bring cameras, controllers and encoders of one's own.
 */

export { Advice, type AdviceAbout } from './advice.ts';
export { type AlignedFile, type Alignment, type AlignOptions, align } from './align/align.ts';
export type { AlignBy } from './align/align-by.ts';
export type { Written, WrittenFile } from './align/write/write.ts';
export type {
  BackendHelp,
  CameraBackend,
  CameraList,
  CameraModel,
  ForeseenCamera,
  FoundCamera,
} from './camera/backend.ts';
export type {
  Camera,
  CameraInfo,
  CameraRequest,
  CapturedFrame,
  ImageSettings,
  Steering,
  Unsteered,
} from './camera/camera.ts';
export type { ListedMode, SensorListing } from './camera/listing.ts';
export type { Picture } from './camera/picture.ts';
export {
  type ErrorCode,
  type ErrorDetail,
  FailureError,
  OptionError,
  type OptionErrorDetail,
  type OptionFault,
  UsageError,
} from './errors.ts';
export type { ClockInfo } from './host/clock-info.ts';
export type { ClockError, ClockStep } from './host/injected-clock.ts';
export type { TimeService } from './host/time-service.ts';
export type { HostCamera, HostState } from './hosts/control/host-state.ts';
export type { RigHosts } from './hosts/control/list-hosts.ts';
export type { Colours } from './libav/colours.ts';
export type { FileStart, FileTags } from './libav/file-tags.ts';
export type { Way } from './libav/way.ts';
export { cameras, type TakenCamera, type TakenCameras } from './node/cameras.ts';
export type { Notice, TakeListeners, TakeProgress } from './node/events.ts';
export { type GatherOptions, gather } from './node/gather.ts';
export { hosts } from './node/hosts.ts';
export { type RecordOptions, record } from './node/record.ts';
export { type RecordCameraOptions, recordCamera } from './node/record-camera.ts';
export { type RepairOptions, repair } from './node/repair.ts';
export { type Rig, readRig } from './node/rig.ts';
export { openSession, type Session, type SessionOptions, type SessionTake } from './node/session.ts';
export type { CamerasAsked, NamedCamera } from './options/cameras.ts';
export type { TakeAsked } from './options/take.ts';
export type { Encoder, EncoderOptions, Timestamps, VideoCodec, VideoEncoder } from './record/encoder.ts';
export type { Take, TakeCamera, TakePart, TakeState } from './record/take.ts';
export { readTake } from './record/take.ts';
export type { Capture } from './record/true-times.ts';
export type { PictureProgress } from './report/pictures.ts';
export type { CameraResult, CameraSnapshot, CameraState, SyncMode } from './run/camera/snapshot.ts';
export { type ExportedFile, type ExportOptions, type ExportResult, exportTake } from './run/export/export.ts';
export type { DiskState } from './run/files/disk-watch.ts';
export type { GatherResult } from './run/gather/gather-take.ts';
export type { RepairedCamera, RepairResult } from './run/repair/repair.ts';
export type { SessionTakeAsked } from './run/session/session-run.ts';
export { type ReportOptions, type ReportResult, reportTake as report } from './run/take/report.ts';
export type { TakeResult } from './run/take/result.ts';
export type { SyncController } from './sync/controllers/sync-controller.ts';
export type { HostReading } from './sync/exchange/host-messages.ts';
export type { HuntReport } from './sync/hunting/phase-hunt.ts';
export type { Clock, ClockPair } from './time/clock.ts';
export type { FrameRate } from './time/frame-rate.ts';
export type { Readout } from './time/readout.ts';
export type { TimelineStart } from './time/timecode.ts';
export type { BootUs, MonoUs, WallUs } from './time/units.ts';
export type { CameraReport, PairReport, Report, Verdict } from './verify/alignment.ts';
export type { FileOffsets, FrameOffsets } from './verify/offsets.ts';
export type { ReadProgress, Watch } from './verify/read-times.ts';
export type { RowTiming } from './verify/rows.ts';
export { type VerifyOptions, verify } from './verify/verify.ts';

/** What the steerer of a process hears it by. */
const STEERING = 'RPiSync:DEBUG,IPARPI:DEBUG,ClockRec:DEBUG';

/**
 * The environment of a stock process. Its log tells how it goes: on stderr, at the level that tells of the
 * synchronisation. What the user asks to be logged besides is logged where the process is steered, and is in its log.
 * @param configFile of libcamera's configuration, where it needs one to be steered.
 */
export function stockEnvironment(
  steered: boolean,
  configFile?: string,
  given: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const { LIBCAMERA_LOG_LEVELS: levels, LIBCAMERA_LOG_FILE: _, ...env } = given;
  if (!steered) return env;
  // Whether the first that fits counts or the last, it is ours.
  const asked = levels === undefined || levels === '' ? STEERING : `${STEERING},${levels},${STEERING}`;
  return {
    ...env,
    LIBCAMERA_LOG_LEVELS: asked,
    ...(configFile !== undefined && { LIBCAMERA_RPI_CONFIG_FILE: configFile }),
  };
}

/** What of the environment stock processes don't get, a line each. @param someUnsteered not all of them are steered. */
export function notPassedOn(someUnsteered: boolean, given: NodeJS.ProcessEnv = process.env): string[] {
  const { LIBCAMERA_LOG_FILE: file, LIBCAMERA_LOG_LEVELS: levels } = given;
  const why = 'record hears by its log how rpicam-vid goes, and keeps that in the take (cam0.log, ...)';
  return [
    ...(file ? [`warning: LIBCAMERA_LOG_FILE has no effect here: ${why}`] : []),
    ...(levels && someUnsteered ? [`warning: LIBCAMERA_LOG_LEVELS has no effect here: ${why}`] : []),
  ];
}

/** What is added to a steered process's environment, as a shell would write it. */
export const addedForSteering = (configFile?: string): string =>
  `LIBCAMERA_LOG_LEVELS=${stockEnvironment(true).LIBCAMERA_LOG_LEVELS}${configFile === undefined ? '' : ` LIBCAMERA_RPI_CONFIG_FILE=${configFile}`}`;

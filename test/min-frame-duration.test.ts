import { describe, expect, it } from 'vitest';
import { skipBelowUs, withMinFrameDuration } from '../src/rpicam/min-frame-duration.ts';

/** As it is installed for boards before the Pi 5, in short. */
const INSTALLED = `{
        "version": 1.0,
        "target": "bcm2835",

        "pipeline_handler":
        {
                # A larger number can reduce the occurrence of frame drops.
                "min_unicam_buffers": 2,
                # "disable_startup_frame_drops": false,
        }
}
`;

describe('a configuration by which libcamera runs its algorithms on every frame', () => {
  it('is made for the image processor, where there is none', () => {
    const made = withMinFrameDuration(8333.3, undefined, 'pisp') ?? '';
    expect(JSON.parse(made)).toEqual({
      version: 1,
      target: 'pisp',
      pipeline_handler: { controller_min_frame_duration_us: 8333 },
    });
    // The version has to be a fraction for libcamera.
    expect(made).toContain('"version": 1.0');
    expect(skipBelowUs(made)).toBeCloseTo(7499.7, 6);
  });

  it('keeps all else of one that is there, in braces and indented', () => {
    const made = withMinFrameDuration(8333, INSTALLED, 'bcm2835') ?? '';
    expect(skipBelowUs(made)).toBeCloseTo(7499.7, 6);
    expect(made.replace(/\n +"controller_min_frame_duration_us": 8333,/, '')).toBe(INSTALLED);

    const indented = 'version: 1.0\ntarget: pisp\npipeline_handler:\n  camera_timeout_value_ms: 9000\n';
    expect(withMinFrameDuration(5000, indented, 'pisp')).toBe(
      'version: 1.0\ntarget: pisp\npipeline_handler:\n  "controller_min_frame_duration_us": 5000\n  camera_timeout_value_ms: 9000\n',
    );
  });

  it('leaves alone what says it already, or has no place for it', () => {
    expect(withMinFrameDuration(5000, 'pipeline_handler:\n  controller_min_frame_duration_us: 30000\n', 'pisp')).toBe(
      undefined,
    );
    expect(withMinFrameDuration(5000, 'version: 1.0\n', 'pisp')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { isOlder, parseStockVersion } from '../src/rpicam/version.ts';

describe('the version of a stock program', () => {
  it('is read as rpicam-vid 1.12 says it', () => {
    const text = [
      'rpicam-apps build: v1.12.0 ab1a74d49be0 29-04-2026 (10:11:12)',
      'rpicam-apps capabilites: egl:1 qt:1 drm:1 libav:1',
      'libcamera build: v0.7.1+rpt20260429',
      '',
    ].join('\n');
    expect(parseStockVersion(text)).toEqual({
      name: 'rpicam-apps',
      apps: '1.12.0',
      libcamera: '0.7.1+rpt20260429',
      libav: true,
    });
  });

  it('is read as a build without libav says it', () => {
    expect(parseStockVersion('rpicam-apps build: v1.5.0\nrpicam-apps capabilites: egl:0 qt:0 drm:1 libav:0\n')).toEqual(
      {
        name: 'rpicam-apps',
        apps: '1.5.0',
        libav: false,
      },
    );
  });

  it('is read as libcamera-vid of 2022 says it, which has no number of its own', () => {
    const text =
      'libcamera-apps build: c3a9c97a0a84-intree 30-10-2022 (16:46:41)\nlibcamera build: v0.0.1+21-7c855784\n';
    expect(parseStockVersion(text)).toEqual({ name: 'libcamera-apps', libcamera: '0.0.1+21-7c855784' });
  });

  it.each(['', 'command not found', '\0'])('%j says nothing', (text) => {
    expect(parseStockVersion(text)).toEqual({});
  });
});

describe('which version is older', () => {
  it.each([
    ['1.9.0', '1.11.1', true],
    ['1.11.1', '1.11.1', false],
    ['1.12', '1.11.1', false],
    ['0.3.2+99-1230f78d', '0.4.0+rpt20250213', true],
    ['0.4.0+rpt20241223', '0.4.0+rpt20250213', true],
    ['0.4.0+rpt20250213', '0.4.0+rpt20250213', false],
    // Of a build whose date is not said, the number alone counts.
    ['0.4.0+53-29156679', '0.4.0+rpt20250213', false],
    ['0.7.1+rpt20260429', '0.7.1', false],
    ['0.10.0', '0.7.1', false],
    [undefined, '0.7.1', false],
  ])('%s before %s: %s', (version, than, older) => {
    expect(isOlder(version, than)).toBe(older);
  });
});

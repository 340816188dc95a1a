/** What `rpicam-vid --version` says. What it does not say is left out. */
export interface StockVersion {
  /** What it calls itself: `rpicam-apps`; before 2024 `libcamera-apps`. */
  readonly name?: string;
  /** Of rpicam-apps: `1.12.0`. */
  readonly apps?: string;
  /** Of libcamera, with what is behind its number: `0.7.1+rpt20260429`. */
  readonly libcamera?: string;
  /** Whether it can encode by FFmpeg's libraries; the first versions don't say. */
  readonly libav?: boolean;
}

/**
 * Reads the output of `rpicam-vid --version`:
 *
 *     rpicam-apps build: v1.12.0 18f9a1e2b2a2 29-04-2026 (14:53:46)
 *     rpicam-apps capabilites: egl:1 qt:1 drm:1 libav:1
 *     libcamera build: v0.7.1+rpt20260429
 */
export function parseStockVersion(text: string): StockVersion {
  const [, name, apps] = /^(\S+-apps) build: (?:v(\d[\d.]*))?/m.exec(text) ?? [];
  const [, libcamera] = /^libcamera build: v(\d\S*)/m.exec(text) ?? [];
  // Spelt so by all versions until now.
  const [, libav] = /capabilit\w+:.*\blibav:([01])/.exec(text) ?? [];
  return {
    ...(name !== undefined && { name }),
    ...(apps !== undefined && { apps }),
    ...(libcamera !== undefined && { libcamera }),
    ...(libav !== undefined && { libav: libav === '1' }),
  };
}

/**
 * Whether a version is older than another: by its numbers, and where these are the same by the date of Raspberry Pi's
 * own build (`+rpt20250213`), where both have one.
 * @returns false for a version that is not known.
 */
export function isOlder(version: string | undefined, than: string): boolean {
  if (version === undefined) return false;
  const [own, other] = [numbers(version, UNDATED), numbers(than, 0)];
  for (const [i, number] of own.entries()) {
    const limit = other[i] ?? 0;
    if (number !== limit) return number < limit;
  }
  return false;
}

/** Three numbers, and the date of the build. */
function numbers(version: string, undated: number): number[] {
  const [, major, minor, patch, date] = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:.*\brpt(\d{8}))?/.exec(version) ?? [];
  return [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0), date === undefined ? undated : Number(date)];
}

/** A build without a date is taken for a new one. */
const UNDATED = 99_999_999;

import { describe, expect, it } from 'vitest';
import { OptionError } from '../src/errors.ts';
import { cameras, splitName } from '../src/options/cameras.ts';
import { isFileOf } from '../src/run/files/take-files.ts';
import { nameCameras } from '../src/run/plan/camera-names.ts';

const spec = 'virtual:imx219';
const names = (...given: Parameters<typeof nameCameras>[0]) => nameCameras(given).map(({ name }) => name);

describe('the name of a camera', () => {
  it.each([
    ['left=0', { name: 'left', camera: '0' }],
    ['left=rpicam:1', { name: 'left', camera: 'rpicam:1' }],
    ['top-2=virtual:imx219?ppm=15', { name: 'top-2', camera: 'virtual:imx219?ppm=15' }],
    ['=0', { name: '', camera: '0' }],
    ['1', { camera: '1' }],
    ['virtual:imx219?ppm=15', { camera: 'virtual:imx219?ppm=15' }],
    ['virtual?ppm=15', { camera: 'virtual?ppm=15' }],
    ['file:a=b.mp4', { camera: 'file:a=b.mp4' }],
    ['/dev/a=b', { camera: '/dev/a=b' }],
  ])('is taken off %s where it has one', (asked, split) => {
    expect(splitName(asked)).toEqual(split);
  });

  it('is the one that was given, else its number where all have one, else its place', () => {
    expect(names({ spec, number: 1 }, { spec, number: 0 })).toEqual(['cam1', 'cam0']);
    expect(names({ spec: 'rpicam:3' }, { spec: 'rpicam:0' })).toEqual(['cam3', 'cam0']);
    expect(names({ spec: 'rpicam:3' }, { spec })).toEqual(['cam0', 'cam1']);
    expect(names({ spec, number: 1 }, { spec, number: 1 })).toEqual(['cam0', 'cam1']);
    expect(names({ spec, name: 'left' }, { spec, number: 4 }, { spec })).toEqual(['left', 'cam1', 'cam2']);
  });

  it.each([
    [['../evil'], /cameras\[0\] \.\.\/evil: is no name for a camera: give letters, digits, - and _/],
    [['a b'], /cameras\[0\] a b: is no name/],
    [['-left'], /not a - first/],
    [[''], /is no name for a camera/],
    [['x'.repeat(65)], /64 at most/],
    [['left', 'LEFT'], /cameras\[1\] LEFT: two cameras have this name/],
    [['left', 'left-2'], /left and left-2 can't be told apart in the names of files/],
    [['left-2', 'left'], /can't be told apart/],
    [['cam1', undefined], /cameras\[1\] cam1: two cameras have this name/],
  ])('is refused where %j', (given, why) => {
    const asked = given.map((name) => ({ spec, name }));
    expect(() => nameCameras(asked)).toThrow(why);
    expect(() => nameCameras(asked)).toThrow(OptionError);
  });

  it('is given by a script as an object too', () => {
    const named = [{ name: 'left', camera: 0 }, 'right=1', 2];
    expect(cameras.check(named)).toBe(named);
    expect(cameras.check([{ name: '../x', camera: 0 }])).toBeUndefined();
    expect(cameras.check([{ name: 'left' }] as never)).toBeUndefined();
  });
});

describe('files of a camera', () => {
  it.each([
    'mp4',
    'frames.csv',
    'h264',
    'pts',
    'log',
    'metadata.json',
    'mp4.part',
    'original.h264',
    'txt',
    'mov',
    'mkv',
    'avi',
  ])('left.%s is told from others', (ending) => {
    const ours = !['original.h264', 'txt', 'avi'].includes(ending);
    expect(isFileOf(['left', 'right'])(`left.${ending}`)).toBe(ours);
    expect(isFileOf(['left', 'right'])(`left-2.${ending}`)).toBe(ours);
    expect(isFileOf(['right'])(`left.${ending}`)).toBe(false);
    expect(isFileOf(['le'])(`left.${ending}`)).toBe(false);
  });
});

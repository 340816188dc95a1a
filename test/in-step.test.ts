import { describe, expect, it } from 'vitest';
import { inStep } from '../src/sync/locked.ts';

describe('a client is in step', () => {
  it('when it is locked or matched, whatever its controller', () => {
    expect(inStep({ state: 'locked', offsetUs: 10, boundUs: 30 })).toBe(true);
    expect(inStep({ state: 'matched', offsetUs: 9_000 })).toBe(true);
  });

  it('with the stock controller, when it is as close as that one comes between unlike models', () => {
    for (const offsetUs of [-600, -190, 131, 450]) expect(inStep({ state: 'acquiring', offsetUs })).toBe(true);
    expect(inStep({ state: 'acquiring', offsetUs: 4_000 })).toBe(false);
    expect(inStep({ state: 'acquiring', offsetUs: undefined })).toBe(false);
  });

  it('with a controller that states a bound, never before it is locked', () => {
    expect(inStep({ state: 'acquiring', offsetUs: 3, boundUs: 120 })).toBe(false);
  });

  it('not while it hears nothing', () => {
    for (const state of ['waiting', 'holdover', 'lost', 'starting']) expect(inStep({ state, offsetUs: 5 })).toBe(false);
  });
});

import { z } from 'zod';

const timeService = z
  .object({
    service: z.string().describe('`chrony`, `systemd-timesyncd`, or `kernel` where the kernel alone says something'),
    synchronised: z.boolean().describe('true where it holds the clock synchronised'),
    ownReference: z
      .boolean()
      .optional()
      .describe('true where the clock follows nothing: it is what other hosts follow'),
    source: z
      .string()
      .optional()
      .describe('whom the clock follows: a host as the configuration names it, or a reference clock'),
    address: z.string().optional().describe('address of that host'),
    offsetUs: z.number().optional().describe('how far the clock is ahead of its source, as last measured, in us'),
    jitterUs: z.number().optional().describe('standard deviation of the measurements against the source, in us'),
    boundUs: z.number().optional().describe('how far the clock may be from the true time at most, in us'),
    ageS: z.number().optional().describe('how long ago the source was last heard, in s'),
  })
  .meta({ id: 'TimeService', description: "What keeps a host's clock says of it." });

const injected = z
  .object({
    offsetUs: z.number().describe('how far the wall clock is ahead on purpose, in us'),
    ppm: z.number().describe('how much too fast it is on purpose, in parts per million'),
    steps: z
      .array(
        z.object({
          byUs: z.number().describe('how far the clock is set forward, in us; negative is back'),
          afterUs: z.number().describe('when, in us from where the clock was opened'),
          sinceBoot: z.boolean().optional().describe("true where `afterUs` counts from the host's boot"),
        }),
      )
      .readonly()
      .describe('steps of the wall clock, in no order'),
    bootOffsetUs: z.number().optional().describe('how far the boot clock is ahead on purpose, in us'),
    bootPpm: z.number().optional().describe("how much too fast it is on purpose, from the machine's boot on, in ppm"),
  })
  .meta({ id: 'InjectedClockError', description: 'An error of the clocks that was added for a test.' });

/** What is known of a host's clock; a part that is not known is left out, never 0. */
export const takeClock = z
  .object({
    host: z.string().describe('name of the host'),
    source: z.string().describe('how the wall clock is read: `clock_gettime` or `Date.now`'),
    resolutionUs: z.number().describe('smallest step in which it is read, in us'),
    synchronised: z.boolean().optional().describe('true where the kernel has been told that its clock is synchronised'),
    offsetUs: z
      .number()
      .optional()
      .describe('how far the clock is ahead of the true time, as the kernel has it, in us'),
    boundUs: z
      .number()
      .optional()
      .describe('largest error of the clock that its time service vouches for to the kernel, in us'),
    timeService: timeService.optional().describe('what keeps the clock, where cameras are synchronised'),
    injected: injected.optional().describe('error added on purpose by GENLOCK_CLOCK; the rest is without it'),
  })
  .meta({ id: 'Clock', description: "What is known of a host's wall clock. A part that is not known is left out." });

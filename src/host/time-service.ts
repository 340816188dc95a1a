/** What the service that keeps this host's clock says of it. A part that is not known is left out; it is never 0. */
export interface TimeService {
  /** `kernel` where no service answers and the kernel alone says something. */
  readonly service: 'chrony' | 'systemd-timesyncd' | 'kernel';
  /** True where it holds the clock to a source that it trusts. */
  readonly synchronised: boolean;
  /** True where the clock follows nothing and is what others follow. */
  readonly ownReference?: boolean;
  /** Whom the clock follows: a host as the service's configuration names it, or a reference clock. */
  readonly source?: string;
  /** Address of that host. */
  readonly address?: string;
  /** How far the clock is ahead of its source, in us, last known. */
  readonly offsetUs?: number;
  /** Standard deviation of the measurements against the source, in us. */
  readonly jitterUs?: number;
  /** How far the clock may be from the true time at most, in us: all hops to it, not the last one alone. */
  readonly boundUs?: number;
  /** Since the source was last heard, in s. */
  readonly ageS?: number;
}

const { construct } = Reflect

/**
 * Lets every `Date` of this realm tell one time, in milliseconds since the epoch, whichever code asks. What is made of a date that was given
 * stays as it is. To be called before any code that is to see it: what has taken `Date.now` before goes on with the real time. Other clocks
 * (`performance`, timers, `Intl` where it is given no date) and other realms keep it too.
 */
export function fixClock(clockMs: number): void {
  const Native = Date
  const Fixed: DateConstructor = new Proxy(Native, {
    apply: () => new Native(clockMs).toString(),
    construct: (target, given, newTarget) =>
      construct(target, given.length === 0 ? [clockMs] : given, newTarget === Fixed ? target : newTarget),
  })
  // A proxy hands on what it is asked for.
  Native.now = () => clockMs
  for (const [owner, name] of [
    [globalThis, 'Date'],
    [Native.prototype, 'constructor'],
  ] as const) {
    Object.defineProperty(owner, name, { value: Fixed, writable: true, enumerable: false, configurable: true })
  }
}

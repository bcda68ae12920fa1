/** The time, in milliseconds since the epoch. Always passed in: no room reads the time for itself. */
export type Clock = () => number

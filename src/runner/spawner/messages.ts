/** What the server says to the spawn helper. */
export type ToSpawner =
  | {
      readonly id: number
      readonly file: string
      readonly args: readonly string[]
      readonly cwd: string
      readonly env: Readonly<Record<string, string>>
      readonly uid?: number
    }
  | { readonly id: number; readonly kill: true }

/** What the spawn helper says to the server; the socket to a process travels with its `pid`. */
export type FromSpawner =
  | { readonly id: number; readonly pid: number }
  | { readonly id: number; readonly failed: string }
  | { readonly id: number; readonly exitCode: number | null; readonly signal: string | null }

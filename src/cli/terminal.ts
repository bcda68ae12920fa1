import { styleText } from 'node:util'

/** How something stands out. */
export type Style = 'green' | 'red' | 'yellow'

/** What a command's lines are shown on. */
export interface Terminal {
  /** Characters of a line; absent where what is printed is read by a program. */
  readonly columns?: number
  /** A text in a style, where colours are seen. */
  readonly paint: (text: string, style?: Style) => string
}

/** What standard output leads to. Colours are for a terminal alone, and for whoever asks for them by `FORCE_COLOR`; `NO_COLOR` takes them away. */
export function terminal(): Terminal {
  const { stdout } = process
  return {
    ...(stdout.isTTY && { columns: stdout.columns }),
    paint: (text, style) => (style === undefined ? text : styleText(style, text, { stream: stdout })),
  }
}

/** Characters of a line that a reader takes in. */
const longestLine = 160
/** What a terminal shows on top of what is before it, or not at all. */
const withoutWidth = /^[\p{M}\p{Cf}]$/u
/** What a terminal gives two columns: East Asian scripts and emoji. */
const wide =
  /^(?:[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation})$/u

/**
 * A line of code, and below it a mark under one of its columns, in characters from 1: where a terminal shows that column. Of a line that is too
 * long to take in, the part around the column.
 */
export function pointedLine(line: string, column: number, mark = '^'): string {
  const excess = Math.max(line.length - longestLine, 0)
  const from = Math.min(Math.max(column - 1 - longestLine / 2, 0), excess)
  const [before, after] = [from > 0 ? '…' : '', from < excess ? '…' : '']
  const margin = Array.from(before + line.slice(from, column - 1), blank).join('')
  return `${before}${line.slice(from, from + longestLine)}${after}\n${margin}${mark.slice(0, longestLine)}`
}

function blank(character: string): string {
  if (character === '\t') return character
  if (withoutWidth.test(character)) return ''
  return wide.test(character) ? '  ' : ' '
}

/** A line with what would move its reader's cursor, break the line or turn its direction written out: a caller or an action sent it. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, (control) => {
    if (control === '\t') return control
    const escaped = JSON.stringify(control).slice(1, -1)
    // JSON leaves the controls above U+007E as they are.
    return escaped === control ? `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}` : escaped
  })
}

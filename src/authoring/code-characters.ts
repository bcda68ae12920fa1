/** After these a slash begins a regular expression, as it does after most signs. */
const beforeExpression =
  /(?:^|[^\w$.])(?:return|typeof|instanceof|case|in|of|delete|void|throw|new|else|do|await|yield)$/

/** Signs that close or part, and do nothing by themselves. */
const brackets = new Set('()[];,')

/** What a character of code is: nothing that does anything, code, or a brace that opens or closes a block, an object or a body. */
export const characterKinds = { nothing: 0, code: 1, opens: 2, closes: 3 } as const

/**
 * The kind of each character of a JavaScript text. Nothing is what is space, comment, or a bracket, semicolon or comma outside of a text. A text
 * that does not parse is answered for as well as it can be.
 */
export function codeCharacters(code: string): Uint8Array {
  const kinds = new Uint8Array(code.length)
  // For each template that is open, how many braces are open in its part that is code.
  const templates: number[] = []
  let at = 0
  let last = ''

  const mark = (end: number): void => {
    const stop = Math.min(end, code.length)
    for (; at < stop; at += 1) if (!/\s/.test(code[at] ?? '')) kinds[at] = characterKinds.code
  }
  const past = (pattern: RegExp): number => {
    pattern.lastIndex = at
    return pattern.test(code) ? pattern.lastIndex : code.length
  }
  /** From inside of a template to its end, or to the next part that is code. */
  const template = (): void => {
    mark(past(/(?:[^\\`$]|\\.|\$(?!\{))*(?:`|\$\{)/sy))
    if (code[at - 1] === '{') templates.push(0)
    last = code[at - 1] === '{' ? '{' : '`'
  }

  while (at < code.length) {
    const sign = code[at] ?? ''
    const two = code.slice(at, at + 2)
    if (two === '//') at = past(/[^\n]*/y)
    else if (two === '/*') at = past(/\/\*.*?\*\//sy)
    else if (/\s/.test(sign)) at += 1
    else if (sign === "'" || sign === '"') {
      mark(past(sign === '"' ? /"(?:[^"\\\n]|\\.)*"?/sy : /'(?:[^'\\\n]|\\.)*'?/sy))
      last = sign
    } else if (sign === '`') {
      mark(at + 1)
      template()
    } else if (sign === '/' && isExpressionNext(code.slice(0, at).trimEnd(), last)) {
      mark(past(/\/(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])*\/?\w*/y))
      last = '/'
    } else if (sign === '}' && templates.at(-1) === 0) {
      templates.pop()
      mark(at + 1)
      template()
    } else {
      const depth = templates.at(-1)
      if (depth !== undefined && (sign === '{' || sign === '}'))
        templates[templates.length - 1] = depth + (sign === '{' ? 1 : -1)
      if (sign === '{') kinds[at] = characterKinds.opens
      else if (sign === '}') kinds[at] = characterKinds.closes
      else if (!brackets.has(sign)) kinds[at] = characterKinds.code
      last = sign
      at += 1
    }
  }
  return kinds
}

function isExpressionNext(before: string, last: string): boolean {
  if (/[\w$]/.test(last)) return beforeExpression.test(before.slice(-12))
  return ![')', ']', '}', '"', "'", '`', '/'].includes(last)
}

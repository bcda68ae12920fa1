/** What reads cases and runs them. It is loaded for whoever has cases: trying an action does without. */
export async function loadCases() {
  const [{ readCaseFiles }, { runCases }, { prepareOutbound }] = await Promise.all([
    import('./read-cases.ts'),
    import('./run-case.ts'),
    import('./outbound-stubs.ts'),
  ])
  return { readCaseFiles, runCases, prepareOutbound }
}

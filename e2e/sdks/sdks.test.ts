/**
 * The providers' own SDKs, old majors and new ones, on every Node: each request is exactly one priced span, and the
 * program sees what it would see without us.
 */
import { availableParallelism } from 'node:os'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectedFacts, factsOf } from './expected-span.ts'
import { listNodes, listSdks, type NodeVersion, type Sdk } from './matrix.ts'
import { type Mode, runSdk, type SdkResult } from './run-sdk.ts'
import { renderTable, writeOrCompare } from './table.ts'

/** The Node on which every SDK is also loaded as CommonJS, by a program that installs the middleware late. */
const LATE_ON = 22

const sdks = await listSdks()
const nodes = listNodes()
const cells = nodes.flatMap((node) =>
  sdks.filter(({ needs }) => needs <= node.major).map((sdk) => ({ node, sdk })),
)
const modesOn = ({ major }: NodeVersion): Mode[] => (major === LATE_ON ? ['register', 'late'] : ['register'])

const keyOf = (sdk: Sdk, node: NodeVersion, mode: Mode) =>
  `${sdk.title} ${sdk.version} on Node ${node.major}, ${mode}`
const results = new Map<string, SdkResult | Error>()

beforeAll(async () => {
  const clock = Date.now()
  const wanted = cells.flatMap(({ sdk, node }) =>
    (['bare', ...modesOn(node)] as const).map((mode) => ({ sdk, node, mode })),
  )
  const work = wanted[Symbol.iterator]()
  const worker = async () => {
    for (const { sdk, node, mode } of work) {
      const { file, provider, packages } = sdk
      const result = await runSdk({ file, provider, packages, node: node.path, mode, clock }).catch(
        (error: Error) => error,
      )
      results.set(keyOf(sdk, node, mode), result)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
})

/** @throws {Error} where the process failed */
function resultOf(sdk: Sdk, node: NodeVersion, mode: Mode): SdkResult {
  const result = results.get(keyOf(sdk, node, mode))
  if (result === undefined || result instanceof Error) throw result ?? new Error('it did not run')
  return result
}

for (const { sdk, node } of cells) {
  for (const mode of modesOn(node)) {
    describe(keyOf(sdk, node, mode), () => {
      it('sees what it sees without the middleware', () => {
        const bare = resultOf(sdk, node, 'bare').calls
        const metered = resultOf(sdk, node, mode).calls
        expect(bare.filter(({ outcome }) => outcome.startsWith('{"failed"'))).toEqual([])
        expect(metered).toEqual(bare)
      })

      it('is one span a request, with the tokens and the cost that were billed', () => {
        const { calls, ledger, spans } = resultOf(sdk, node, mode)
        const made = calls.flatMap((call) => Array.from({ length: call.makes }, () => call))
        const label = (index: number) => `${index} ${made[index]?.name}`
        expect(ledger.length).toBe(made.length)
        expect(
          Object.fromEntries(
            spans.map(({ attributes, status }, index) => [label(index), factsOf(attributes, status)]),
          ),
        ).toEqual(
          Object.fromEntries(
            ledger.map((entry, index) => [label(index), expectedFacts(entry, made[index]?.unread === true)]),
          ),
        )
      })
    })
  }
}

it('is the table of the documentation', async () => {
  const countOf = (sdk: Sdk, node: NodeVersion) =>
    sdk.needs > node.major
      ? undefined
      : modesOn(node).reduce((sum, mode) => sum + resultOf(sdk, node, mode).ledger.length, 0)
  await writeOrCompare(renderTable(sdks, nodes, countOf))
})

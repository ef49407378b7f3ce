import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Turns } from './turns.ts'

/** As long as a large request takes to decode. */
function workFor(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

describe('work that takes turns', () => {
  it('begins in order, and leaves room between long pieces', async () => {
    const turns = new Turns()
    const seen: string[] = []
    const work = [1, 2, 3].map((n) =>
      turns.take(() => {
        workFor(10)
        seen.push(`work ${n}`)
      }),
    )
    const others = (async () => {
      for (let n = 1; n <= 2; n++) {
        await nextTurn()
        seen.push('another')
      }
    })()
    await Promise.all([...work, others])
    expect(seen).toEqual(['work 1', 'another', 'work 2', 'another', 'work 3'])
  })

  it('puts short pieces together', async () => {
    const turns = new Turns()
    let turn = 0
    const counting = (async () => {
      for (; turn < 50; turn++) await nextTurn()
    })()
    const at = await Promise.all(Array.from({ length: 100 }, () => turns.take(() => turn)))
    expect(new Set(at).size).toBeLessThan(10)
    await counting
  })

  it('gives what the work gives, also its error, and goes on', async () => {
    const turns = new Turns()
    const broken = turns.take(() => {
      throw new Error('broken')
    })
    const after = turns.take(() => 'after')
    await expect(broken).rejects.toThrow('broken')
    expect(await after).toBe('after')
    expect(await turns.take(() => 'later')).toBe('later')
  })
})

/** What was acknowledged is read back, whatever happens at the same time. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openJournal } from './journal.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'spanmeter-journal-'))
  path = join(directory, 'facts')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const reopened = async () => {
  const { journal, lines, lost } = await openJournal(path, 'a test')
  await journal.close()
  return { lines, lost }
}

it('keeps what is appended while everything is replaced, before it and after it', async () => {
  const { journal } = await openJournal(path, 'a test')
  for (let round = 0; round < 20; round++) {
    await Promise.all([
      journal.append(`a${round}`),
      journal.append(`b${round}`),
      // What is appended before it is in it, as far as whoever calls knows.
      journal.rewrite([`snapshot ${round} with a and b`]),
      journal.append(`c${round}`),
      journal.append(`d${round}`),
    ])
    const text = await readFile(path, 'utf8')
    for (const line of [`snapshot ${round} with a and b`, `c${round}`, `d${round}`])
      expect(text).toContain(line)
  }
  await journal.close()
  expect((await reopened()).lines).toEqual(['snapshot 19 with a and b', 'c19', 'd19'])
})

it('leaves a torn last line out, and says that nothing was lost', async () => {
  const { journal } = await openJournal(path, 'a test')
  for (const line of ['one', 'two', 'three']) await journal.append(line)
  await journal.close()
  const text = await readFile(path)
  for (let cut = 1; cut <= 'three'.length + 9; cut++) {
    await writeFile(path, text.subarray(0, -cut))
    expect(await reopened()).toEqual({ lines: ['one', 'two'], lost: false })
  }
})

it('says that something was lost where a line before the last one is damaged', async () => {
  const { journal } = await openJournal(path, 'a test')
  for (const line of ['one', 'two', 'three']) await journal.append(line)
  await journal.close()
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('two', 'twö'))
  expect(await reopened()).toEqual({ lines: ['one', 'three'], lost: true })
})

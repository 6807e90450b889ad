/** Middle of a list. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

/**
 * Let all contenders of a contest take turns, round after round. The figure of a round is the best of the repetitions in it; a ratio is
 * formed within each round, and its median over the rounds is what counts: the machine changes more between rounds than a contender does.
 * Contenders that name the same `shares` take turns in one process: what does not learn from what it runs need not hold its frames twice.
 * @param {object} contest `{ group, title, side, frames, contenders, rows }`
 * @returns rows with figures, ratio and verdict
 */
export async function compete(contest, rounds, say) {
  const { side, frames, contenders, rows } = contest
  const servers = new Map()
  const entries = Object.entries(contenders).map(([key, contender]) => {
    const place = contender.shares ?? key
    if (!servers.has(place)) servers.set(place, contender.open())
    return { key, ...contender, server: servers.get(place), figures: [], missing: null }
  })
  for (let round = 0; round < rounds; round++) {
    for (const entry of entries) {
      if (entry.missing !== null) continue
      say(`${contest.title}: round ${round + 1} of ${rounds}, ${entry.name}`)
      const answer = await entry.server.ask(entry.case, side, frames, entry.repetitions)
      if (answer.missing) entry.missing = answer.missing
      else entry.figures.push(Math.min(...answer[entry.clock]) / entry.per)
    }
  }
  await Promise.all([...servers.values()].map((server) => server.end()))
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  return rows.map((row) => judge(row, byKey.get(row.ours), byKey.get(row.against), contest))
}

const forms = {
  /** Our time over theirs. */
  ratio: { of: (a, b) => a / b, met: (value, bar) => value <= bar, sign: '<=', unit: 'x their time' },
  /** Their time over ours. */
  gain: { of: (a, b) => b / a, met: (value, bar) => value >= bar, sign: '>=', unit: 'x as fast' },
  /** Ours beyond theirs. */
  beyond: { of: (a, b) => a - b, met: (value, bar) => value <= bar, sign: '<=', unit: '' },
  /** Ours as it is. */
  figure: { of: (a) => a, met: (value, bar) => value <= bar, sign: '<=', unit: '' }
}

function judge({ what, form, bar = null, note }, ours, against, { group, side, frames }) {
  const { of, met, sign, unit } = forms[form]
  const lacking = [ours, against].find((entry) => entry && entry.missing !== null)
  const value = lacking ? null : median(ours.figures.map((figure, round) => of(figure, against?.figures[round])))
  return {
    group,
    side,
    frames,
    what,
    ours: describe(ours),
    against: against ? describe(against) : null,
    form,
    value,
    unit: unit || ours.unit,
    bar,
    sign,
    met: value === null || bar === null ? null : met(value, bar),
    missing: lacking ? `${lacking.name}: ${lacking.missing}` : null,
    note: note ?? null
  }
}

function describe({ name, does, allocates, clock, unit, figures }) {
  const known = figures.length > 0
  return { name, does, allocates, clock, unit, median: known ? median(figures) : null, least: known ? Math.min(...figures) : null }
}

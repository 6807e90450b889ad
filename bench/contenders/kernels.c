/* The bound: what C reaches on this machine. A line server as the others: "<case> <side> <frames> <repetitions>" -> JSON, ns.
 * AVX-512 by hand where the machine has it, else loops that the compiler turns into the vectors of the machine.
 * Nothing is counted, checked or repaired; frames, maps and outputs are allocated and touched beforehand. */
#define _GNU_SOURCE
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>
#define BY_HAND 1
#else
#define BY_HAND 0
#endif

typedef uint16_t u16;
typedef float f32;
#define RING 4

static size_t count;
static int side;
static u16 *raw[RING], *outInteger[2];
static f32 *offset, *gain, *outFloat[2];
static uint32_t seed = 12345;

static double clockOf(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static uint32_t draw(void) {
  seed ^= seed << 13;
  seed ^= seed >> 17;
  seed ^= seed << 5;
  return seed;
}

/* Touched at once: a page made while the clock runs costs more than the kernel. */
static void *allocate(size_t bytes) {
  bytes = (bytes + 2097151) & ~(size_t)2097151;
  void *p = aligned_alloc(2097152, bytes);
  if (!p) exit(1);
  memset(p, 1, bytes);
  return p;
}

static void setup(int next) {
  if (next == side) return;
  if (side) {
    for (int k = 0; k < RING; k++) free(raw[k]);
    for (int k = 0; k < 2; k++) { free(outFloat[k]); free(outInteger[k]); }
    free(offset);
    free(gain);
  }
  side = next;
  count = (size_t)next * next;
  for (int k = 0; k < RING; k++) {
    raw[k] = allocate(2 * count);
    for (size_t i = 0; i < count; i++) raw[k][i] = 1000 + draw() % 60000;
  }
  for (int k = 0; k < 2; k++) {
    outFloat[k] = allocate(4 * count);
    outInteger[k] = allocate(2 * count);
  }
  offset = allocate(4 * count);
  gain = allocate(4 * count);
  for (size_t i = 0; i < count; i++) {
    offset[i] = 900 + (draw() % 2000) * 0.1f;
    gain[i] = 0.8f + (draw() % 4000) * 1e-4f;
  }
}

#if BY_HAND
static inline __m512 load16(const u16 *p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p)));
}
static inline __m512 correct16(const u16 *r, size_t i) {
  return _mm512_mul_ps(_mm512_sub_ps(load16(r + i), _mm512_loadu_ps(offset + i)), _mm512_loadu_ps(gain + i));
}
#endif

static inline u16 quantise(f32 v) {
  f32 clamped = v < 0 ? 0 : v > 65535 ? 65535 : v;
  return (u16)(int)rintf(clamped);
}

static void toFloat(int k) {
  const u16 *restrict r = raw[k % RING];
  f32 *restrict o = outFloat[k & 1];
  size_t i = 0;
#if BY_HAND
  for (; i + 16 <= count; i += 16) _mm512_storeu_ps(o + i, correct16(r, i));
#endif
  const f32 *restrict f = offset, *restrict g = gain;
  for (; i < count; i++) o[i] = ((f32)r[i] - f[i]) * g[i];
}

static void toInteger(int k) {
  const u16 *restrict r = raw[k % RING];
  u16 *restrict o = outInteger[k & 1];
  size_t i = 0;
#if BY_HAND
  for (; i + 16 <= count; i += 16) {
    __m512i v = _mm512_max_epi32(_mm512_cvtps_epi32(correct16(r, i)), _mm512_setzero_si512());
    _mm256_storeu_si256((__m256i *)(o + i), _mm512_cvtusepi32_epi16(v));
  }
#endif
  const f32 *restrict f = offset, *restrict g = gain;
  for (; i < count; i++) o[i] = quantise(((f32)r[i] - f[i]) * g[i]);
}

static void copy(int k) { memcpy(outFloat[k & 1], k & 1 ? gain : offset, 4 * count); }

/* All frames of a repetition, every second one on a second thread. */
static int frameCount;
static void *everySecond(void *first) {
  for (int k = (int)(size_t)first; k < frameCount; k += 2) toFloat(k);
  return 0;
}

static void onOneThread(int k) {
  (void)k;
  everySecond((void *)0);
  everySecond((void *)1);
}

static void onTwoThreads(int k) {
  (void)k;
  pthread_t other;
  if (pthread_create(&other, 0, everySecond, (void *)1)) exit(1);
  everySecond((void *)0);
  pthread_join(other, 0);
}

static struct { const char *name; void (*run)(int k); } cases[] = {
  {"float32", toFloat}, {"uint16", toInteger}, {"copy", copy}, {"oneThread", onOneThread}, {"twoThreads", onTwoThreads}, {0, 0}
};

int main(void) {
  char name[64];
  int size, frames, repetitions;
  static double wall[10000], cpu[10000];
  while (scanf("%63s %d %d %d", name, &size, &frames, &repetitions) == 4) {
    int c = 0;
    while (cases[c].name && strcmp(cases[c].name, name)) c++;
    if (!cases[c].name || repetitions > 10000) {
      printf("{\"missing\":\"no such case\"}\n");
      fflush(stdout);
      continue;
    }
    setup(size);
    frameCount = frames;
    for (int k = -1; k < repetitions; k++) {
      double cpuStart = clockOf(CLOCK_THREAD_CPUTIME_ID), start = clockOf(CLOCK_MONOTONIC);
      cases[c].run(k + 1);
      double end = clockOf(CLOCK_MONOTONIC), cpuEnd = clockOf(CLOCK_THREAD_CPUTIME_ID);
      if (k >= 0) { wall[k] = end - start; cpu[k] = cpuEnd - cpuStart; }
    }
    printf("{\"vectors\":\"%s\",\"wall\":[", BY_HAND ? "AVX-512 by hand" : "as the compiler chose");
    for (int k = 0; k < repetitions; k++) printf("%s%.0f", k ? "," : "", wall[k]);
    printf("],\"cpu\":[");
    for (int k = 0; k < repetitions; k++) printf("%s%.0f", k ? "," : "", cpu[k]);
    printf("]}\n");
    fflush(stdout);
  }
  return 0;
}

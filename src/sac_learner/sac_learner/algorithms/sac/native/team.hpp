// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// Threads that live as long as the core, share out the work of a phase and meet at its end.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace sac {

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Ask the scheduler for short time slices: no more time in all, but sooner after waking up. Where
// busy processes share the cores, a thread that wakes up late holds up the whole team at each
// meeting. Kernels before 6.12 ignore it.
inline bool ask_for_short_slices() {
#if defined(SYS_sched_setattr)
  struct {  // sched_attr of sched_setattr(2)
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes{};
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0 ||
      attributes.policy != 0)
    return false;
  attributes.size = sizeof attributes;
  attributes.runtime = 100'000;  // nanoseconds, the shortest there is
  return syscall(SYS_sched_setattr, 0, &attributes, 0) == 0;
#else
  return false;
#endif
}

// Sleep until `value` is no longer `old`. A short spin first, because most waits are shorter than
// a wake-up; never a long one, because with more busy threads than cores the thread that we wait
// for may need this very core.
inline void wait_while(const std::atomic<int> &value, int old) {
  for (int spin = 0; spin < 400; ++spin) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

class Team {
 public:
  // max_phases: the most calls of for_each within one run.
  Team(int size, int max_phases)
      : size_(size), max_phases_(max_phases), next_(new Counter[size_t(size) * max_phases]) {
    for (int member = 1; member < size; ++member)
      threads_.emplace_back([this, member] { serve(member); });
  }

  ~Team() {
    leave_ = true;
    start_.fetch_add(1, std::memory_order_release);
    start_.notify_all();
    for (auto &thread : threads_) thread.join();
  }

  int size() const { return size_; }

  // Run job(member) on all members, the caller being member 0; return when all have ended.
  void run(const std::function<void(int)> &job) {
    [[maybe_unused]] static thread_local const bool asked = ask_for_short_slices();
    for (int i = 0; i < size_ * max_phases_; ++i)
      next_[i].value.store(0, std::memory_order_relaxed);
    job_ = &job;
    start_.fetch_add(1, std::memory_order_release);
    start_.notify_all();
    job(0);
    meet();
  }

  // Share the items 0..count-1 among the members, each of which calls this with the same phase;
  // work(begin, end) takes at most `chunk` of them. Each member has its own range, so that data
  // stay in its cache, and helps with the others' ranges when that is done: one that lost its core
  // to another process then holds up no more than the chunk in its hands.
  template <typename Work>
  void for_each(int member, int phase, int count, int chunk, const Work &work) {
    for (int i = 0; i < size_; ++i) {
      const int owner = (member + i) % size_;
      const int first = int(int64_t(count) * owner / size_);
      const int last = int(int64_t(count) * (owner + 1) / size_);
      std::atomic<int> &next = next_[phase * size_ + owner].value;
      for (;;) {
        const int begin = first + next.fetch_add(chunk, std::memory_order_relaxed);
        if (begin >= last) break;
        work(begin, std::min(begin + chunk, last));
      }
    }
    meet();
  }

 private:
  struct alignas(64) Counter {
    std::atomic<int> value{0};
  };

  void meet() {
    const int round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      round_.notify_all();
    } else {
      wait_while(round_, round);
    }
  }

  void serve(int member) {
    ask_for_short_slices();
    for (int started = 0;; ++started) {
      wait_while(start_, started);
      if (leave_) return;
      (*job_)(member);
      meet();
    }
  }

  const int size_, max_phases_;
  std::unique_ptr<Counter[]> next_;
  const std::function<void(int)> *job_ = nullptr;
  bool leave_ = false;
  alignas(64) std::atomic<int> start_{0};
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> round_{0};
  std::vector<std::thread> threads_;
};

}  // namespace sac

// Copyright 2026 The rtsac authors
// SPDX-License-Identifier: Apache-2.0
// An exported policy in C++: prints the mean action at an observation of zeros, in the robot's units.
// With onnxruntime's release (headers and library) in ORT:
//   g++ -std=c++17 policy.cpp -I$ORT/include -L$ORT/lib -lonnxruntime -o policy && ./policy policy.onnx

#include <onnxruntime_cxx_api.h>

#include <cstdio>
#include <vector>

int main(int, char** argv) {
  Ort::Env env(ORT_LOGGING_LEVEL_WARNING, "policy");
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);  // small matrices
  Ort::Session session(env, argv[1], options);
  const auto observation_dim =
      session.GetInputTypeInfo(0).GetTensorTypeAndShapeInfo().GetShape().at(1);
  std::vector<float> observation(observation_dim, 0.0f);
  const std::vector<int64_t> shape{1, observation_dim};
  const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
  auto input = Ort::Value::CreateTensor<float>(
      memory, observation.data(), observation.size(), shape.data(), shape.size());
  const char* inputs[] = {"observation"};
  const char* outputs[] = {"action"};
  const auto results = session.Run(Ort::RunOptions{nullptr}, inputs, &input, 1, outputs, 1);
  const float* action = results.front().GetTensorData<float>();
  const auto count = results.front().GetTensorTypeAndShapeInfo().GetElementCount();
  for (size_t i = 0; i < count; ++i) std::printf("%g\n", action[i]);
}

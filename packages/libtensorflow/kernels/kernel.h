// TensorFlow's C interface to operations and their kernels, as far as ours need it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace unroll {

struct StatusDeleter {
  void operator()(TF_Status* status) const { TF_DeleteStatus(status); }
};

class Status {
 public:
  TF_Status* get() const { return status_.get(); }
  /// Throws what went wrong, if anything did.
  void check() const {
    if (TF_GetCode(get()) != TF_OK) throw std::runtime_error(TF_Message(get()));
  }
  void set(const std::exception& error) { TF_SetStatus(get(), TF_INTERNAL, error.what()); }

 private:
  std::unique_ptr<TF_Status, StatusDeleter> status_{TF_NewStatus()};
};

/// The attributes of a node.
class Construction {
 public:
  explicit Construction(TF_OpKernelConstruction* context) : context_(context) {}

  int64_t integer(const char* name) {
    Status status;
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(context_, name, &value, status.get());
    status.check();
    return value;
  }

  std::vector<int64_t> integers(const char* name) {
    std::vector<int64_t> values(sizeOf(name));
    Status status;
    TF_OpKernelConstruction_GetAttrInt64List(context_, name, values.data(), values.size(), status.get());
    status.check();
    return values;
  }

  std::vector<float> floats(const char* name) {
    std::vector<float> values(sizeOf(name));
    Status status;
    TF_OpKernelConstruction_GetAttrFloatList(context_, name, values.data(), values.size(), status.get());
    status.check();
    return values;
  }

 private:
  int32_t sizeOf(const char* name) {
    Status status;
    int32_t count = 0, total = 0;
    TF_OpKernelConstruction_GetAttrSize(context_, name, &count, &total, status.get());
    status.check();
    return count;
  }

  TF_OpKernelConstruction* context_;
};

/// What one run of a node reads and writes.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}
  ~Call() {
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
  }

  /// How many numbers an input holds.
  int64_t count(int index) {
    Status status;
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status.get());
    status.check();
    held_.push_back(tensor);
    return TF_TensorElementCount(tensor);
  }

  /// The numbers of an input, of which there must be `count`.
  template <class Number = float>
  const Number* input(int index, int64_t count) {
    Status status;
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status.get());
    status.check();
    held_.push_back(tensor);
    if (TF_TensorElementCount(tensor) != count)
      throw std::runtime_error("input " + std::to_string(index) + " must hold " + std::to_string(count) +
                               " numbers: it holds " + std::to_string(TF_TensorElementCount(tensor)));
    return static_cast<const Number*>(TF_TensorData(tensor));
  }

  /// An output in the memory of an input of the same shape, float32, if no other node reads that input; else a new one.
  /// Before `input` is called for it: what is held here counts as a reader.
  float* outputInPlace(int index, int input, std::initializer_list<int64_t> shape) {
    Status status;
    int forwarded = -1;
    TF_Tensor* tensor = TF_ForwardInputOrAllocateOutput(context_, &input, 1, index, shape.begin(), shape.size(),
                                                        &forwarded, status.get());
    status.check();
    held_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

  float* output(int index, std::initializer_list<int64_t> shape) {
    int64_t bytes = sizeof(float);
    for (int64_t size : shape) bytes *= size;
    Status status;
    TF_Tensor* tensor = TF_AllocateOutput(context_, index, TF_FLOAT, shape.begin(), shape.size(), bytes, status.get());
    status.check();
    held_.push_back(tensor);
    return static_cast<float*>(TF_TensorData(tensor));
  }

 private:
  TF_OpKernelContext* context_;
  std::vector<TF_Tensor*> held_;
};

/**
 * Registers an operation and its kernel for the CPU, when the library is loaded.
 * What goes wrong in either becomes the status of the node; nothing is thrown into TensorFlow.
 */
template <class State, std::unique_ptr<State> (*create)(Construction&), void (*compute)(const State&, Call&)>
bool registerOperation(const char* name, std::vector<const char*> inputs, std::vector<const char*> outputs,
                       std::vector<const char*> attributes) {
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, [](TF_ShapeInferenceContext* context, TF_Status* status) {
    TF_ShapeInferenceContextSetUnknownShape(context, status);
  });
  Status status;
  TF_RegisterOpDefinition(definition, status.get());
  auto construct = [](TF_OpKernelConstruction* context) -> void* {
    try {
      Construction construction(context);
      return create(construction).release();
    } catch (const std::exception& error) {
      Status failure;
      failure.set(error);
      TF_OpKernelConstruction_Failure(context, failure.get());
      return nullptr;
    }
  };
  auto run = [](void* state, TF_OpKernelContext* context) {
    try {
      Call call(context);
      compute(*static_cast<State*>(state), call);
    } catch (const std::exception& error) {
      Status failure;
      failure.set(error);
      TF_OpKernelContext_Failure(context, failure.get());
    }
  };
  auto destroy = [](void* state) { delete static_cast<State*>(state); };
  TF_KernelBuilder* kernel = TF_NewKernelBuilder(name, "CPU", construct, run, destroy);
  if (TF_GetCode(status.get()) == TF_OK) TF_RegisterKernelBuilder(name, kernel, status.get());
  if (TF_GetCode(status.get()) != TF_OK)
    std::fprintf(stderr, "Cannot register %s: %s\n", name, TF_Message(status.get()));
  return TF_GetCode(status.get()) == TF_OK;
}

}  // namespace unroll

// A saved model's folder may hold `session_config.pb`, a ConfigProto: its session is opened with that. The functions of
// tfjs-node open every session with the defaults; the linker has their calls come here (`--wrap` in native.ts).

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tensorflow/c/c_api.h"

extern "C" TF_Session* __real_TF_LoadSessionFromSavedModel(const TF_SessionOptions*, const TF_Buffer*, const char*,
                                                           const char* const*, int, TF_Graph*, TF_Buffer*, TF_Status*);

extern "C" TF_Session* __wrap_TF_LoadSessionFromSavedModel(const TF_SessionOptions* given, const TF_Buffer* run_options,
                                                           const char* folder, const char* const* tags, int tag_count,
                                                           TF_Graph* graph, TF_Buffer* meta_graph, TF_Status* status) {
  const auto load = [&](const TF_SessionOptions* options) {
    return __real_TF_LoadSessionFromSavedModel(options, run_options, folder, tags, tag_count, graph, meta_graph,
                                               status);
  };
  std::ifstream file(std::filesystem::path(folder) / "session_config.pb", std::ios::binary);
  if (!file) return load(given);
  const std::string config{std::istreambuf_iterator<char>(file), {}};
  TF_SessionOptions* options = TF_NewSessionOptions();
  TF_SetConfig(options, config.data(), config.size(), status);
  TF_Session* session = TF_GetCode(status) == TF_OK ? load(options) : nullptr;
  TF_DeleteSessionOptions(options);
  return session;
}

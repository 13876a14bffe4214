# Writes a C++ file that holds every file below DIRECTORY as bytes:
#   cmake -DDIRECTORY=… -DOUTPUT=… -P embed.cmake
file(GLOB_RECURSE paths RELATIVE ${DIRECTORY} ${DIRECTORY}/*)
list(SORT paths)
set(arrays "")
set(entries "")
set(number 0)
foreach(path IN LISTS paths)
  file(READ ${DIRECTORY}/${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" escaped "${hex}")
  string(REGEX REPLACE "((\\\\x[0-9a-f][0-9a-f])+)" "\\1" escaped "${escaped}")
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  # Short literals that the compiler joins: some compilers bound the length of one.
  string(REGEX REPLACE "(................................................................................)" "\\1\"\n    \"" escaped "${escaped}")
  string(APPEND arrays "constexpr char file_${number}[] =\n    \"${escaped}\";\n")
  string(APPEND entries "        {\"${path}\", {file_${number}, ${size}}},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include \"frontend/embedded_files.h\"

namespace gavel::frontend {
namespace {

${arrays}
}  // namespace

const std::vector<std::pair<std::string_view, std::string_view>>& embedded_files() {
    static const std::vector<std::pair<std::string_view, std::string_view>> files{
${entries}    };
    return files;
}

}  // namespace gavel::frontend
")

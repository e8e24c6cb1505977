package main

/*
#cgo pkg-config: lua5.1
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

enum { kStepLimit = 1000000, kMemoryLimit = 8 << 20 };

typedef struct {
	const char *code;
	size_t length;
	char *answer;
	size_t size;
} Job;

// Lua's allocator, which counts what is left of the limit in *left.
static void *allocate(void *left, void *block, size_t before, size_t wanted) {
	size_t *bytes = left;
	if (wanted == 0) {
		free(block);
		*bytes += before;
		return NULL;
	}
	if (wanted > before && wanted - before > *bytes) {
		return NULL;
	}
	void *moved = realloc(block, wanted);
	if (moved != NULL) {
		*bytes = *bytes + before - wanted;
	}
	return moved;
}

static void stop(lua_State *lua, lua_Debug *debug) {
	(void)debug;
	luaL_error(lua, "too many steps");
}

static void answer(const Job *job, const char *text) {
	strncpy(job->answer, text, job->size - 1);
	job->answer[job->size - 1] = '\0';
}

// Nothing that reaches files or programs: not even Lua's base library, which has dofile.
static void open_library(lua_State *lua, lua_CFunction open) {
	lua_pushcfunction(lua, open);
	lua_call(lua, 0, 0);
}

static int run(lua_State *lua) {
	const Job *job = lua_touserdata(lua, 1);
	open_library(lua, luaopen_string);
	open_library(lua, luaopen_table);
	open_library(lua, luaopen_math);
	lua_sethook(lua, stop, LUA_MASKCOUNT, kStepLimit);
	if (job->length > 0 && job->code[0] == LUA_SIGNATURE[0]) {
		return luaL_error(lua, "compiled code is refused");
	}
	if (luaL_loadbuffer(lua, job->code, job->length, "=code") != 0) {
		return lua_error(lua);
	}
	lua_call(lua, 0, 1);
	const char *text = lua_tostring(lua, -1);
	answer(job, text != NULL ? text : luaL_typename(lua, -1));
	return 0;
}

// evaluate answers 0 and the code's value, or 1 and what was wrong, as a string of less than size.
static int evaluate(const char *code, size_t length, char *text, size_t size) {
	Job job = {code, length, text, size};
	size_t left = kMemoryLimit;
	lua_State *lua = lua_newstate(allocate, &left);
	if (lua == NULL) {
		answer(&job, "no memory");
		return 1;
	}
	int failed = lua_cpcall(lua, run, &job) != 0;
	if (failed) {
		const char *why = lua_tostring(lua, -1);
		answer(&job, why != NULL ? why : "an error without a message");
	}
	lua_close(lua);
	return failed;
}
*/
import "C"

import (
	"bytes"
	"errors"
	"unsafe"
)

const answerBytes = 4096

// evaluate runs Lua code in a state of its own, which ends with it, and answers what it returns.
func evaluate(code string) (string, error) {
	source := append([]byte(code), 0)
	answer := make([]byte, answerBytes)
	failed := C.evaluate((*C.char)(unsafe.Pointer(&source[0])), C.size_t(len(code)),
		(*C.char)(unsafe.Pointer(&answer[0])), C.size_t(len(answer)))
	text := string(answer[:bytes.IndexByte(answer, 0)])
	if failed != 0 {
		return "", errors.New(text)
	}
	return text, nil
}

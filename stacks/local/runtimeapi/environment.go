package runtimeapi

import (
	"fmt"
	"path/filepath"
)

// logStream names the log stream of one process, as Lambda does.
func (h *Host) logStream() (string, error) {
	id, err := h.bytes(16)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s/[$LATEST]%x", h.opt.Now().UTC().Format("2006/01/02"), id), nil
}

// environment is all that the process sees: what the function was given and
// what Lambda adds. Nothing of this process's own environment gets there.
func environment(def Function, api, stream string) []string {
	env := []string{
		"AWS_REGION=" + Region,
		"AWS_DEFAULT_REGION=" + Region,
		"AWS_ACCESS_KEY_ID=local",
		"AWS_SECRET_ACCESS_KEY=local",
		"AWS_SESSION_TOKEN=local",
		"HOME=/tmp",
		"LANG=en_US.UTF-8",
		"PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin",
		"TZ=:UTC",
	}
	env = append(env, def.Env...)
	return append(env,
		"AWS_LAMBDA_RUNTIME_API="+api,
		"AWS_LAMBDA_FUNCTION_NAME="+def.Name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", def.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/"+def.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME="+stream,
		"LAMBDA_TASK_ROOT="+filepath.Dir(def.Binary),
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"_HANDLER=bootstrap",
	)
}

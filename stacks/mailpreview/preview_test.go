package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"callanalyst/pkg/mail"
)

// get asks the preview for a path under a name of this machine.
func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	pages, err := mail.NewPages("https://callanalyst.app")
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	newPreview(pages).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost:8026"+path, nil))
	return w
}

func TestEveryMailIsShown(t *testing.T) {
	t.Parallel()
	for _, name := range mail.Names() {
		for _, reader := range readers() {
			page := get(t, "/?mail="+name+"&reader="+reader)
			body := page.Body.String()
			for _, want := range []string{`src="/mails/` + name + `/light?reader=` + reader, `src="/mails/` + name + `/dark?reader=` + reader, `Questions? Reply to this mail.`} {
				if page.Code != http.StatusOK || !strings.Contains(body, want) {
					t.Errorf("page of %s to %s = %d, lacks %q", name, reader, page.Code, want)
				}
			}
			if strings.Contains(body, "<script>") || strings.Contains(body, "<b>dana") {
				t.Errorf("page of %s to %s shows markup that a reader typed", name, reader)
			}
			if doc := get(t, "/mails/"+name+"/light?reader="+reader); doc.Code != http.StatusOK || strings.Contains(doc.Body.String(), "[[") {
				t.Errorf("%s to %s = %d, or something is not filled in", name, reader, doc.Code)
			}
		}
	}
}

func TestThemesDoNotDependOnTheBrowser(t *testing.T) {
	t.Parallel()
	dark, light := get(t, "/mails/sign-up/dark").Body.String(), get(t, "/mails/sign-up/light").Body.String()
	if !strings.Contains(dark, "@media all") || !strings.Contains(light, "@media not all") {
		t.Error("a theme does not decide the mail's question")
	}
	if strings.Contains(dark+light, "prefers-color-scheme") {
		t.Error("a mail still asks the browser")
	}
}

func TestNothingRunsAndNobodyElseLooks(t *testing.T) {
	t.Parallel()
	policy := get(t, "/mails/sign-up/dark").Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "sandbox") || strings.Contains(policy, "allow-scripts") {
		t.Errorf("policy of a mail is %q", policy)
	}
	for path, want := range map[string]int{"/": 200, "/page.css": 200, "/?mail=none": 404, "/mails/none/dark": 404, "/preview.go": 404} {
		if got := get(t, path).Code; got != want {
			t.Errorf("GET %s = %d, want %d", path, got, want)
		}
	}
	w := httptest.NewRecorder()
	newPreview(nil).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://evil.example/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("under another name = %d, want 421", w.Code)
	}
}

// lines hands on what is printed.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(bytes.TrimSpace(p))
	return len(p), nil
}

func TestRunServesUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	said, ended := make(lines, 1), make(chan error, 1)
	go func() { ended <- run(ctx, []string{"-port", "0"}, said) }()
	_, address, _ := strings.Cut(<-said, "http://")
	address, _, _ = strings.Cut(address, "\n")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := new(http.Client).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || !strings.HasPrefix(address, "127.0.0.1:") {
		t.Errorf("GET http://%s/ = %d, want 200 on the loopback", address, resp.StatusCode)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run ended with %v", err)
	}
	if err := run(t.Context(), []string{"-port", "no"}, io.Discard); err == nil {
		t.Error("run took a port that is none")
	}
}

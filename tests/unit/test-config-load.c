/* SPDX-License-Identifier: MIT */
#include "host/config-load.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/strv.h"
#include "common/text.h"
#include "host/config-file.h"
#include "host/ini-lines.h"

static char folder[] = "/tmp/tended-config-XXXXXX";

static void make_folder(void)
{
        cr_assert_not_null(mkdtemp(folder));
        cr_assert_eq(chdir(folder), 0);
        umask(022);
        setenv("HOME", folder, 1);
        unsetenv("XDG_CONFIG_HOME");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
        return remove(path);
}

static void remove_folder(void)
{
        (void) !chdir("/");
        nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(config_load, .init = make_folder, .fini = remove_folder);

/* Writes a file; the folders in its path are made. */
static void write_bytes(const char *path, const char *bytes, size_t n)
{
        char copy[512];
        FILE *f;

        snprintf(copy, sizeof(copy), "%s", path);
        for (char *p = strchr(copy + 1, '/'); p; p = strchr(p + 1, '/')) {
                *p = '\0';
                (void) mkdir(copy, 0755);
                *p = '/';
        }
        f = fopen(path, "we");
        cr_assert_not_null(f, "%s", path);
        cr_assert_eq(fwrite(bytes, 1, n, f), n);
        cr_assert_eq(fclose(f), 0);
}

static void write_text(const char *path, const char *text)
{
        write_bytes(path, text, strlen(text));
}

static Config *load(const ConfigLoadOptions *options)
{
        Config *config = NULL;

        cr_assert_eq(config_load(options, &config), 0);
        return config;
}

static Config *load_path(const char *path)
{
        return load(&(ConfigLoadOptions){.paths = (char *[]){(char *) path, NULL}, .runtime_root = "/run"});
}

static char *told(const Config *config)
{
        Text text = TEXT_NULL;
        char *all;

        for (size_t i = 0; i < config->diagnostics.n; i++) {
                char *line = diagnostic_format(&config->diagnostics.items[i]);

                text_add_string(&text, i > 0 ? "\n" : "");
                text_add_string(&text, line);
                free(line);
        }
        cr_assert_eq(text_take(&text, &all), 0);
        return all;
}

/* What is said about `path`. */
static void check(const char *path, const char *wanted)
{
        Config *config = load_path(path);
        char *all = told(config);

        cr_expect_str_eq(all, wanted, "told: %s\nwanted: %s", all, wanted);
        free(all);
        config_unref(config);
}

static const ServiceConfig *find(const Config *config, const char *name)
{
        const ServiceConfig *service = config_find(config, name);
        char *all = told(config);

        cr_assert_not_null(service, "no %s: %s", name, all);
        free(all);
        return service;
}

/* The traps of inih, by name. */

Test(config_load, inih_a_value_is_not_cut_at_a_semicolon)
{
        Config *config;

        write_text("x.ini", "[service s]\nExecStart = /bin/sh -c \"a ; b\"\nDescription = x ; y # z\n");
        config = load_path("x.ini");
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_str_eq(find(config, "s")->commands[COMMAND_START].items[0].argv[2], "a ; b");
        cr_assert_str_eq(find(config, "s")->description, "x ; y # z");
        config_unref(config);
}

Test(config_load, inih_a_line_is_not_cut_at_200_bytes)
{
        static const size_t lengths[] = {1, 180, 197, 198, 199, 200, 201, 255, 4096, 65536, 100000, 1000000};

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++) {
                char *text = malloc(lengths[i] + 256);
                size_t n = sprintf(text, "[service s]\nExecStart=/bin/true\nDescription = ");
                Config *config;

                /* With a `=` in it: what inih cuts off would pass for a key. */
                for (size_t j = 0; j < lengths[i]; j++)
                        text[n++] = j % 50 == 49 ? '=' : 'a' + j % 26;
                strcpy(text + n, "\nRestart = always\n");
                write_text("x.ini", text);
                config = load_path("x.ini");
                cr_assert_eq(config->diagnostics.n, 0, "%zu", lengths[i]);
                cr_assert_eq(strlen(find(config, "s")->description), lengths[i]);
                cr_assert_eq(find(config, "s")->restart, RESTART_ALWAYS);
                config_unref(config);
                free(text);
        }
}

Test(config_load, inih_a_section_s_name_is_not_cut_at_49_bytes)
{
        char name[101], text[512];
        Config *config;

        memset(name, 'n', 100);
        name[100] = '\0';
        snprintf(text, sizeof(text), "[service %s]\nExecStart=/a\n[service %.99s]\nExecStart=/b\n", name, name);
        write_text("x.ini", text);
        config = load_path("x.ini");
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_str_eq(find(config, name)->commands[COMMAND_START].items[0].path, "/a");
        name[99] = '\0';
        cr_assert_str_eq(find(config, name)->commands[COMMAND_START].items[0].path, "/b");
        config_unref(config);
}

Test(config_load, inih_a_key_is_not_cut_at_49_bytes)
{
        write_text("x.ini", "[service s]\nExecStart=/a\n"
                            "ExecStartExecStartExecStartExecStartExecStartExecStart=/b\n");
        check("x.ini", "x.ini:3: unknown directive ExecStartExecStartExecStartExecStartExecStartExecStart");
}

Test(config_load, inih_an_indented_line_is_a_key)
{
        Config *config;

        write_text("x.ini", "[service s]\n  ExecStart = /a\n\tRestart = always\n   # a comment\n   ; another\n");
        config = load_path("x.ini");
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_eq(find(config, "s")->commands[COMMAND_START].n, 1);
        cr_assert_eq(find(config, "s")->restart, RESTART_ALWAYS);
        config_unref(config);
}

Test(config_load, inih_a_nul_byte_is_an_error_with_its_line)
{
        static const char text[] = "[service s]\nExecStart=/a\nDescription=a\0b\nRestart=no\n# \0\n[service \0t]\n"
                                   "ExecStart=/a\nFoo=1\n";

        write_bytes("x.ini", text, sizeof(text) - 1);
        check("x.ini", "x.ini:3: the line holds a NUL byte\nx.ini:5: the line holds a NUL byte\n"
                       "x.ini:6: the line holds a NUL byte");
}

Test(config_load, what_cat_shows_is_text)
{
        Config *config;

        write_text("x.ini", "# caf\xe9\n[service s]\n# th\xe9\nExecStart=/a\nDescription=\xc3\xa9\n");
        config = load_path("x.ini");
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_str_eq(find(config, "s")->source,
                         "# x.ini\n# caf?\n[service s]\n# th?\nExecStart=/a\nDescription=\xc3\xa9\n");
        config_unref(config);
}

Test(config_load, inih_a_section_without_its_bracket_ends_the_one_before)
{
        write_text("x.ini", "[service s]\nExecStart=/a\n[service t\nRestart=always\n");
        check("x.ini", "x.ini:3: [service t does not end with ]");
}

Test(config_load, inih_a_section_without_keys_is_seen)
{
        write_text("x.ini", "[service s]\n[service t]\nExecStart=/a\n[service u]\n");
        check("x.ini", "x.ini:1: the service has no ExecStart, which only Type=oneshot can do without\n"
                       "x.ini:4: the service has no ExecStart, which only Type=oneshot can do without");
}

Test(config_load, inih_the_same_section_twice_is_two)
{
        write_text("x.ini", "[service s]\nExecStart=/a\n[service s]\nNice=1\n");
        check("x.ini", "x.ini:3: [service s] stands twice: it is already in x.ini:1");
}

Test(config_load, inih_lines_are_numbered)
{
        write_text("x.ini",
                   "# one\n\n[service s]\nExecStart = /bin/sh \\\n  -c \\\n# between\n  true\nFoo=1\n\nBar=1\n");
        check("x.ini", "x.ini:8: unknown directive Foo\nx.ini:10: unknown directive Bar");
}

Test(config_load, inih_a_directory_is_not_an_empty_file)
{
        cr_assert_eq(mkdir("x.ini", 0755), 0);
        check(".", "./x.ini:1: is a directory, not a file");
}

Test(config_load, a_backslash_at_the_end_goes_on_in_the_next_line)
{
        static const struct {
                const char *text, *description;
        } cases[] = {
                {"a \\\n  b", "a    b"},
                {"a\\\nb\\\n c", "a b  c"},
                {"a \\\n# comment\n  ; comment\nb", "a  b"},
                {"a \\", "a"},
                {"a \\\n\nRestart=always", "a"},
                {"a\\\\\nRestart=always", "a\\\\"},
                {"a\\\\\\\nb", "a\\\\ b"},
                {"a \\\r\n b\r\n", "a   b"},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char text[256];
                Config *config;

                snprintf(text, sizeof(text), "[service s]\nExecStart=/a\nDescription=%s", cases[i].text);
                write_text("x.ini", text);
                config = load_path("x.ini");
                cr_assert_eq(config->diagnostics.n, 0, "%s", cases[i].text);
                cr_expect_str_eq(find(config, "s")->description, cases[i].description);
                cr_expect_eq(find(config, "s")->restart == RESTART_ALWAYS, strstr(cases[i].text, "always") != NULL);
                config_unref(config);
        }
}

Test(config_load, a_comment_does_not_go_on)
{
        Config *config;

        write_text("x.ini", "[service s]\nExecStart=/a\n# comment \\\nRestart=always\n");
        config = load_path("x.ini");
        cr_assert_eq(find(config, "s")->restart, RESTART_ALWAYS);
        config_unref(config);
}

Test(config_load, byte_order_mark_and_carriage_returns_are_fine)
{
        Config *config;

        write_text("x.ini", "\xef\xbb\xbf[service s]\r\nExecStart = /a b\r\nDescription = x\r\n\r\n");
        config = load_path("x.ini");
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_str_eq(find(config, "s")->description, "x");
        cr_assert_str_eq(find(config, "s")->commands[COMMAND_START].items[0].argv[1], "b");
        config_unref(config);
}

/* What may be no file at all. */

Test(config_load, files_that_are_none_are_told_and_the_rest_is_read)
{
        struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "conf/socket.ini"};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        write_text("conf/good.ini", "[service s]\nExecStart=/a\n");
        write_text("conf/writable.ini", "[service t]\nExecStart=/a\n");
        cr_assert_eq(chmod("conf/writable.ini", 0646), 0);
        cr_assert_eq(mkfifo("conf/fifo.ini", 0644), 0);
        cr_assert_eq(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        close(fd);
        cr_assert_eq(symlink("nowhere", "conf/dangling.ini"), 0);
        cr_assert_eq(symlink("loop.ini", "conf/loop.ini"), 0);
        cr_assert_eq(symlink("/dev/zero", "conf/zero.ini"), 0);
        cr_assert_eq(symlink("/dev/null", "conf/null.ini"), 0);
        write_text("conf/empty.ini", "");
        write_text("conf/comment.ini", "# nothing\n");
        write_text("conf/.hidden.ini", "nonsense\n");
        write_text("conf/other.conf", "nonsense\n");
        check("conf", "conf/dangling.ini:1: can't be read: No such file or directory\n"
                      "conf/empty.ini:1: the file is empty (to hide a namesake, link it to /dev/null)\n"
                      "conf/fifo.ini:1: is a FIFO, not a file\n"
                      "conf/loop.ini:1: can't be read: Too many levels of symbolic links\n"
                      "conf/socket.ini:1: is a socket, not a file\n"
                      "conf/writable.ini:1: is refused, as anybody may write to it (chmod o-w)\n"
                      "conf/zero.ini:1: is a device, not a file");
}

Test(config_load, what_can_not_be_read_is_told)
{
        check("nowhere.ini", "nowhere.ini:1: can't be read: No such file or directory");
        write_text("secret.ini", "[service s]\nExecStart=/a\n");
        cr_assert_eq(chmod("secret.ini", 0), 0);
        if (geteuid() == 0)
                cr_skip_test("root reads everything");
        check("secret.ini", "secret.ini:1: can't be read: Permission denied");
}

Test(config_load, a_link_to_a_file_is_followed)
{
        write_text("elsewhere/real.txt", "[service s]\nExecStart=/a\nDescription=%y\n");
        cr_assert_eq(mkdir("conf", 0755), 0);
        cr_assert_eq(symlink("../elsewhere/real.txt", "conf/x.ini"), 0);
        check("conf", "");
}

Test(config_load, sizes_are_bounded)
{
        char *big = malloc(CONFIG_FILE_MAX + 2);
        size_t n;

        memset(big, '#', CONFIG_FILE_MAX + 1);
        write_bytes("big.ini", big, CONFIG_FILE_MAX + 1);
        check("big.ini", "big.ini:1: is larger than 4M");
        write_bytes("fits.ini", big, CONFIG_FILE_MAX);
        check("fits.ini", "");

        n = sprintf(big, "[service s]\nExecStart=/a\nDescription=");
        memset(big + n, 'x', INI_LINE_MAX + 1);
        write_bytes("line.ini", big, n + INI_LINE_MAX + 1);
        check("line.ini", "line.ini:3: the line is longer than 1M");
        free(big);
}

Test(config_load, after_a_thousand_mistakes_the_rest_is_not_read)
{
        Text text = TEXT_NULL;
        Config *config;
        char *all;

        text_add_string(&text, "[service s]\nExecStart=/a\n");
        for (unsigned i = 0; i < 5000; i++)
                text_add_string(&text, "Foo=1\n");
        cr_assert_eq(text_take(&text, &all), 0);
        write_text("x.ini", all);
        config = load_path("x.ini");
        cr_assert_eq(config->diagnostics.n, 1001);
        cr_assert(strstr(config->diagnostics.items[0].text, "more than 1000 mistakes"));
        config_unref(config);
        free(all);
}

/* The search. */

static Config *load_system(void)
{
        return load(&(ConfigLoadOptions){.system = true, .root = folder, .runtime_root = "/run"});
}

Test(config_load, without_any_file_there_is_an_empty_config)
{
        Config *config = load_system();

        cr_assert_eq(config->n_services, 0);
        cr_assert_eq(config->diagnostics.n, 0);
        config_unref(config);
        config = load(&(ConfigLoadOptions){.runtime_root = "/run"});
        cr_assert_eq(config->diagnostics.n, 0);
        config_unref(config);
}

Test(config_load, the_system_s_folders)
{
        Config *config;

        write_text("etc/tended/tended.ini", "[daemon]\nLogTarget=null\n[service zero]\nExecStart=/a\n");
        write_text("etc/tended/conf.d/one.ini", "[service one]\nExecStart=/etc\n");
        write_text("usr/lib/tended/conf.d/one.ini",
                   "[service one]\nExecStart=/usr\n[service hidden]\nExecStart=/a\n");
        write_text("usr/lib/tended/conf.d/two.ini", "[service two]\nExecStart=/usr\n");
        write_text("usr/lib/tended/conf.d/off.ini", "[service off]\nExecStart=/usr\n");
        cr_assert_eq(symlink("/dev/null", "etc/tended/conf.d/off.ini"), 0);
        write_text("usr/lib/tended/conf.d/off2.ini", "[service off2]\nExecStart=/usr\n");
        write_text("etc/tended/conf.d/off2.ini", "");
        write_text("usr/lib/tended/conf.d/tended.ini", "[service three]\nExecStart=/usr\n");
        config = load_system();
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_eq(config->daemon.log_target, LOG_TARGET_NULL);
        cr_assert_eq(config->n_services, 4);
        cr_assert_str_eq(find(config, "one")->commands[COMMAND_START].items[0].path, "/etc");
        find(config, "two");
        find(config, "three");
        find(config, "zero");
        config_unref(config);
}

Test(config_load, drop_ins_of_both_folders_in_the_order_of_their_names)
{
        Config *config;
        const ServiceConfig *web;

        write_text("usr/lib/tended/conf.d/web.ini", "[service web]\nExecStart=/a\nSyslogIdentifier=0\n");
        write_text("etc/tended/conf.d/web.ini.d/10.ini", "[service web]\nSyslogIdentifier=etc10\nNice=1\n");
        write_text("usr/lib/tended/conf.d/web.ini.d/20.ini", "[service web]\nSyslogIdentifier=usr20\nNice=2\n");
        write_text("etc/tended/conf.d/web.ini.d/30.ini", "[service web]\nSyslogIdentifier=etc30\n");
        write_text("usr/lib/tended/conf.d/web.ini.d/30.ini", "[service web]\nNice=3\n");
        write_text("etc/tended/conf.d/web.ini.d/readme.txt", "nonsense");
        config = load_system();
        web = find(config, "web");
        cr_assert_eq(config->diagnostics.n, 0);
        cr_assert_str_eq(web->syslog_identifier, "etc30");
        cr_assert_eq(web->nice, 2, "the drop-in of /usr is hidden by its namesake");
        cr_assert_eq(strv_length(web->sources), 4);
        cr_assert(strstr(web->source, "web.ini\n[service web]\nExecStart=/a\n"));
        cr_assert(strstr(web->source, "web.ini.d/30.ini\n[service web]\nSyslogIdentifier=etc30\n"));
        config_unref(config);
}

Test(config_load, the_user_s_folders)
{
        Config *config;

        write_text(".config/tended/conf.d/a.ini", "[service home]\nExecStart=/a\n");
        write_text("xdg/tended/tended.ini", "[daemon]\nRingSize=1M\n");
        write_text("xdg/tended/conf.d/a.ini", "[service xdg]\nExecStart=/a\nDescription=%h %Y\n");
        config = load(&(ConfigLoadOptions){.runtime_root = "/run"});
        cr_assert_eq(config->n_services, 1);
        find(config, "home");
        config_unref(config);

        {
                char path[256];

                snprintf(path, sizeof(path), "%s/xdg", folder);
                setenv("XDG_CONFIG_HOME", path, 1);
                config = load(&(ConfigLoadOptions){.runtime_root = "/run"});
                cr_assert_eq(config->n_services, 1);
                cr_assert_eq(config->daemon.ring_size, 1024 * 1024);
                snprintf(path, sizeof(path), "%s %s/xdg/tended/conf.d", folder, folder);
                cr_assert_str_eq(find(config, "xdg")->description, path);
                config_unref(config);
        }
}

Test(config_load, given_paths_replace_the_search_and_hide_nothing)
{
        char *paths[] = {(char *) "one", (char *) "two", (char *) "three/x.ini", NULL};
        Config *config;
        char *all;

        write_text(".config/tended/conf.d/a.ini", "[service home]\nExecStart=/a\n");
        write_text("one/x.ini", "[service a]\nExecStart=/a\n");
        write_text("one/y.ini.d/more.ini", "[service b]\nNice=5\n");
        write_text("two/x.ini", "[service a]\nExecStart=/a\n");
        write_text("two/y.ini", "[service b]\nExecStart=/a\n");
        write_text("three/x.ini", "[service c]\nExecStart=/a\nDescription=%y\n");
        config = load(&(ConfigLoadOptions){.paths = paths, .runtime_root = "/run"});
        all = told(config);
        cr_assert_str_eq(all, "two/x.ini:1: [service a] stands twice: it is already in one/x.ini:1");
        cr_assert_eq(find(config, "b")->nice, 5);
        cr_assert(strstr(find(config, "c")->description, "/three/x.ini"));
        cr_assert_eq(find(config, "c")->description[0], '/', "relative paths are made absolute");
        cr_assert_eq(config->n_services, 3);
        free(all);
        config_unref(config);
}

Test(config_load, the_demo_of_the_project_is_without_mistakes)
{
        Config *config = load_path(TEST_DATA_FOLDER "/../../../conf.d");
        char *all = told(config);

        cr_assert_str_eq(all, "");
        find(config, "web");
        find(config, "worker");
        find(config, "reporter");
        free(all);
        config_unref(config);
}

/* The examples of tended.service(5): files, and a drop-in of the third. */
Test(config_load, the_examples_of_the_manual_are_without_mistakes)
{
        static const char *const names[] = {"conf/0.ini", "conf/1.ini", "conf/2.ini",
                                            "conf/3.ini", "conf/4.ini", "conf/2.ini.d/local.ini"};
        FILE *page = fopen(TEST_DATA_FOLDER "/../../../man/tended.service.5.in", "re");
        char line[1024];
        size_t n = 0;
        bool examples = false, inside = false;
        Text text = TEXT_NULL;

        cr_assert_not_null(page);
        while (fgets(line, sizeof(line), page)) {
                examples = examples || strcmp(line, ".SH EXAMPLES\n") == 0;
                if (examples && strcmp(line, ".fi\n") == 0) {
                        char *all;

                        cr_assert_lt(n, ELEMENTSOF(names));
                        cr_assert_eq(text_take(&text, &all), 0);
                        write_text(names[n++], all);
                        free(all);
                        inside = false;
                } else if (inside) {
                        for (const char *c = line; *c; c++)
                                if (*c != '\\')
                                        text_add_char(&text, *c);
                } else {
                        inside = examples && strcmp(line, ".nf\n") == 0;
                }
        }
        fclose(page);
        cr_assert_eq(n, ELEMENTSOF(names));
        check("conf", "");
}

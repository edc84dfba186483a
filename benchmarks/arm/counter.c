/* Counts the instructions that an emulated program executes: a plugin for qemu-user 7.2 (TCG plugin API 1).
 *
 * The program marks a moment by closing MARK, a file descriptor that nobody has open; the number of
 * instructions so far is then written to the file of the option out=FILE, one number a line. */

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define MARK 0x7eadbeef
#define VISIBLE __attribute__((visibility("default")))

/* What is used of qemu-plugin.h, which no Debian package has. */
typedef uint64_t plugin_id;
struct info;
struct block;
enum inline_operation { ADD };
typedef void (*translated)(plugin_id id, struct block *block);
typedef void (*called)(plugin_id id, unsigned int cpu, int64_t number, uint64_t first, uint64_t second,
                       uint64_t third, uint64_t fourth, uint64_t fifth, uint64_t sixth, uint64_t seventh,
                       uint64_t eighth);
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, translated callback);
extern void qemu_plugin_register_vcpu_syscall_cb(plugin_id id, called callback);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct block *block, enum inline_operation operation,
                                                     void *counter, uint64_t amount);
extern size_t qemu_plugin_tb_n_insns(const struct block *block);

VISIBLE int qemu_plugin_version = 1;

static uint64_t executed;
static FILE *marks;

static void count(plugin_id id, struct block *block) {
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD, &executed, qemu_plugin_tb_n_insns(block));
}

static void mark(plugin_id id, unsigned int cpu, int64_t number, uint64_t first, uint64_t second,
                 uint64_t third, uint64_t fourth, uint64_t fifth, uint64_t sixth, uint64_t seventh,
                 uint64_t eighth) {
    (void)id, (void)cpu, (void)number, (void)second, (void)third, (void)fourth, (void)fifth, (void)sixth,
        (void)seventh, (void)eighth;
    if ((uint32_t)first == MARK) {
        fprintf(marks, "%" PRIu64 "\n", executed);
        fflush(marks);
    }
}

VISIBLE int qemu_plugin_install(plugin_id id, const struct info *info, int count_of_options, char **options) {
    (void)info;
    for (int i = 0; i < count_of_options; i++)
        if (strncmp(options[i], "out=", 4) == 0)
            marks = fopen(options[i] + 4, "w");
    if (marks == NULL) {
        fputs("counter: out=FILE is missing, or FILE cannot be written\n", stderr);
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, count);
    qemu_plugin_register_vcpu_syscall_cb(id, mark);
    return 0;
}

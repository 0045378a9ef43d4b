#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Closed, so that Swift switches over every case.
#define FLEET_ENUM __attribute__((enum_extensibility(closed)))

/// What became of a document.
typedef enum FLEET_ENUM FleetStatus {
    FleetStatusDecoded,
    FleetStatusEmpty,
    FleetStatusTruncated,
    FleetStatusNotJSON,
    FleetStatusInvalidUTF8,
    FleetStatusTooDeep,
    FleetStatusTooLarge,
    /// The pointer to the records leads nowhere; `place` is the number of its steps that exist.
    FleetStatusPointerNotFound,
    /// A member on the way to the records stands twice, so it is unclear which is meant.
    FleetStatusPointerTwice,
    /// The pointer leads to a scalar.
    FleetStatusNotRecords,
    /// The pointer leads to an object that has neither a machine nor any metric.
    FleetStatusNotARecord,
} FleetStatus;

/// Why one record was refused.
typedef enum FLEET_ENUM FleetReason {
    FleetReasonNotAnObject,
    FleetReasonMachineMissing,
    FleetReasonMachineEmpty,
    FleetReasonMachineTooLong,
    FleetReasonMachineHasControlCharacters,
    FleetReasonMachineIsNotText,
    FleetReasonMachineTwice,
    FleetReasonFieldTwice,
    FleetReasonParentIsNotAnObject,
    FleetReasonNotANumber,
    FleetReasonNumberTooLarge,
    FleetReasonNegativePercentage,
    FleetReasonNoMetric,
} FleetReason;

typedef struct FleetRefusal {
    /// The place of the record among the records, from 0.
    size_t index;
    /// The field in the order in which it was added: 0 is the machine.
    size_t field;
    FleetReason reason;
    /// Where in the document the value's JSON text lies; empty when there is no value.
    size_t value_start;
    size_t value_size;
    /// Where the JSON text of the machine's name lies; empty when the record names none.
    size_t machine_start;
    size_t machine_size;
} FleetRefusal;

/// A decoded document: a row for each machine, a column for each metric.
typedef struct FleetDecoded {
    FleetStatus status;
    /// The byte at or before which the document goes wrong, when the status says that it does.
    size_t place;
    size_t machines;
    /// The names of the machines in UTF-8, one after the other, and where each ends.
    const uint8_t *_Nullable names;
    size_t names_size;
    const ptrdiff_t *_Nullable name_ends;
    /// Row by row; NaN where a machine has no value.
    const double *_Nullable values;
    size_t values_count;
    /// The first refusals; `refused` counts all of them.
    const FleetRefusal *_Nullable refusals;
    size_t refusals_count;
    size_t refused;
} FleetDecoded;

/// Reads documents of one shape; not for use by two threads at once.
typedef struct FleetReader FleetReader;

/// The seed, two random numbers, keeps senders from choosing names that collide in the reader's table.
FleetReader *_Nonnull fleet_reader_create(uint64_t seed0, uint64_t seed1);
void fleet_reader_destroy(FleetReader *_Nonnull reader);

/// Adds one step, unescaped, to the pointer that leads to the records.
void fleet_reader_add_pointer_step(FleetReader *_Nonnull reader, const uint8_t *_Nullable step, size_t size);

/// Adds a field by its dotted path: first the machine, then each metric.
void fleet_reader_add_field(FleetReader *_Nonnull reader, const uint8_t *_Nullable path, size_t size);

/// Names the machine of records that name none; empty when each must.
void fleet_reader_set_machine(FleetReader *_Nonnull reader, const uint8_t *_Nullable name, size_t size);

/// Decodes a document that is followed by at least 64 bytes, all zero, that may be read.
///
/// What it returns belongs to the reader and holds until the next call.
const FleetDecoded *_Nonnull fleet_reader_decode(
    FleetReader *_Nonnull reader, const uint8_t *_Nonnull document, size_t size);

#ifdef __cplusplus
}
#endif

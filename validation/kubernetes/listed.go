package kubernetes

import (
	"fmt"
	"reflect"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Listed has the objects of a list. It keeps nothing else of the pages, because
// they take many times as much memory.
type Listed[T any] struct {
	Items []T
	// Unreadable is why the object named by Object cannot be decoded, or nil.
	Unreadable error
	Object     string
	// pages hold objects for which Items had no room, because a growing slice
	// takes twice as much memory. loose says that there is more than one page.
	pages [][]T
	loose bool
	// objects counts the objects; size estimates their bytes.
	objects, size int
}

// add decodes a page and empties it.
func (l *Listed[T]) add(kind Kind[T], page *unstructured.UnstructuredList) {
	if more := page.GetRemainingItemCount(); more != nil && l.objects == 0 {
		l.reserve(len(page.Items), *more)
	}
	room := l.room(len(page.Items))
	for i := range page.Items {
		o := &page.Items[i]
		into, err := kind.Decode(o)
		if err != nil && l.Unreadable == nil {
			l.Unreadable, l.Object = err, fmt.Sprintf("%s %s/%s", o.GetKind(), o.GetNamespace(), o.GetName())
		}
		*room = append(*room, into)
		l.size += behind(reflect.ValueOf(into))
		o.Object = nil
	}
	l.objects += len(page.Items)
}

// reserve makes room for the announced number of further objects, and some
// more.
func (l *Listed[T]) reserve(page int, more int64) {
	if more < 0 || more > maxList {
		return
	}
	count := page + int(more) + int(more)/16 + 1
	if size := count * sizeOf[T](); size < maxList {
		l.Items, l.size = make([]T, 0, count), l.size+size
	}
}

// room returns a slice with room for the objects.
func (l *Listed[T]) room(count int) *[]T {
	if len(l.Items)+count <= cap(l.Items) {
		return &l.Items
	}
	l.loose = len(l.Items)+len(l.pages) > 0
	l.pages = append(l.pages, make([]T, 0, count))
	l.size += count * sizeOf[T]()
	return &l.pages[len(l.pages)-1]
}

// join makes one list of all pages.
func (l *Listed[T]) join() {
	switch {
	case l.loose:
		l.Items = slices.Concat(append([][]T{l.Items}, l.pages...)...)
	case len(l.pages) > 0:
		l.Items = l.pages[0]
	}
	l.pages = nil
}

func sizeOf[T any]() int { return int(reflect.TypeFor[T]().Size()) }

// memory estimates the bytes of a value.
func memory(v reflect.Value) int {
	return int(v.Type().Size()) + behind(v)
}

// behind estimates the bytes behind a value's pointers.
func behind(v reflect.Value) (size int) {
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Type() == reflect.TypeFor[*time.Location]() {
			return 0 // the location of a time is shared
		}
		return memory(v.Elem())
	case reflect.Struct:
		for _, field := range v.Fields() {
			size += behind(field)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			size += behind(v.Index(i))
		}
		if v.Kind() == reflect.Slice {
			size += v.Cap() * int(v.Type().Elem().Size())
		}
	case reflect.Map:
		size += table(v.Len(), int(v.Type().Key().Size()+v.Type().Elem().Size()))
		for each := v.MapRange(); each.Next(); {
			size += behind(each.Key()) + behind(each.Value())
		}
	default: // other kinds have no pointers
	}
	return size
}

// table estimates the bytes of a map, which keeps its members in groups of eight
// places, full or empty: one label takes as much as eight.
func table(members, member int) int {
	const header, places, control = 48, 8, 8
	room := min(members, 1) * places
	for room > places && room*7/8 < members || room < members {
		room *= 2
	}
	return header + room/places*(control+places*member)
}
